/** `aegis trace show ID`: the call of a tool, with what went in and what came out. */
import * as Effect from "effect/Effect"
import { ToolTrace } from "../domain/ToolTrace.js"
import { Output } from "./Output.js"
import { knownTrace } from "./runIds.js"
import { operand } from "./textInput.js"
import { traceView } from "./views/traces.js"

export const traceShow = Effect.fn("aegis trace show")(function* (options: { readonly id: string }) {
  const output = yield* Output
  const trace = yield* knownTrace((yield* operand(options.id)).toLowerCase())
  yield* output.emit(ToolTrace, trace, traceView)
})
