/** `aegis artifact show ID`: an artifact with its content. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { RunNotFound } from "../domain/RunErrors.js"
import { ScratchpadArtifact } from "../domain/ScratchpadArtifact.js"
import { ArtifactStore } from "../services/ArtifactStore.js"
import { Output } from "./Output.js"
import { operand } from "./textInput.js"
import { artifactView } from "./views/artifacts.js"

export const artifactShow = Effect.fn("aegis artifact show")(function* (options: { readonly id: string }) {
  const output = yield* Output
  const id = (yield* operand(options.id)).toLowerCase()
  const artifact = yield* (yield* ArtifactStore).load(id)
  if (Option.isNone(artifact)) return yield* new RunNotFound({ kind: "artifact", name: options.id })
  yield* output.emit(ScratchpadArtifact, artifact.value, artifactView("content"))
})
