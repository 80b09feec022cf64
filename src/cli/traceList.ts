/** `aegis trace list REF`: the calls of tools that belong to a checkpoint, each under the one that it was a part of. */
import * as Effect from "effect/Effect"
import { ToolTraceList } from "../domain/RunListings.js"
import { ToolTraceStore } from "../services/ToolTraceStore.js"
import { Output } from "./Output.js"
import { meant, type RefOptions } from "./refOptions.js"
import { tracesView } from "./views/traces.js"

export const traceList = Effect.fn("aegis trace list")(function* (options: RefOptions) {
  const store = yield* ToolTraceStore
  const output = yield* Output
  const { id } = yield* meant(options)
  yield* output.emit(ToolTraceList, { traces: yield* store.listToolTraces(id) }, tracesView)
})
