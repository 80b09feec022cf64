/** `aegis artifact list REF`: what a checkpoint's run made there. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { ArtifactList } from "../domain/RunListings.js"
import { ArtifactStore } from "../services/ArtifactStore.js"
import { Output } from "./Output.js"
import { meant, type RefOptions } from "./refOptions.js"
import { artifactsView } from "./views/artifacts.js"

export const artifactList = Effect.fn("aegis artifact list")(function* (options: RefOptions) {
  const store = yield* ArtifactStore
  const output = yield* Output
  const { id } = yield* meant(options)
  const artifacts = yield* store.listScratchpads(id)
  yield* output.emit(ArtifactList, { artifacts }, artifactsView(yield* Clock.currentTimeMillis))
})
