/** `aegis trace add REF`: keeps the call of a tool, with the checkpoint that it belongs to. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { NodeId, ToolTraceId } from "../domain/Ids.js"
import { ToolTrace } from "../domain/ToolTrace.js"
import { ToolTraceStore } from "../services/ToolTraceStore.js"
import { atLeast } from "./atLeast.js"
import { idOption } from "./idOption.js"
import { jsonObject } from "./jsonObject.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { meant, referable, type RefOptions } from "./refOptions.js"
import { knownNode, knownTrace } from "./runIds.js"
import { traceView } from "./views/traces.js"

export interface TraceAddOptions extends RefOptions {
  readonly tool: string
  /** JSON objects. */
  readonly inputs: string
  readonly outputs: string
  /** Milliseconds. */
  readonly duration: Option.Option<number>
  readonly error: Option.Option<string>
  readonly parent: Option.Option<string>
  readonly node: Option.Option<string>
}

export const traceAdd = Effect.fn("aegis trace add")(function* (options: TraceAddOptions) {
  const traces = yield* ToolTraceStore
  const output = yield* Output
  const { during } = yield* Progress
  const example = (flag: string): string => `${flag} '{"key":"value"}'`
  const inputs = yield* jsonObject(options.inputs, "--inputs", example("--inputs"))
  const outputs = yield* jsonObject(options.outputs, "--outputs", example("--outputs"))
  const duration = yield* atLeast(0, options.duration, "--duration")
  const parentId = yield* idOption(options.parent, ToolTraceId, "--parent", "tool call")
  const nodeId = yield* idOption(options.node, NodeId, "--node", "node")
  const checkpointId = yield* Effect.flatMap(meant(options), referable)
  if (parentId !== undefined) yield* knownTrace(parentId)
  if (nodeId !== undefined) yield* knownNode(nodeId)
  const trace = yield* traces
    .addToolTrace(checkpointId, options.tool, inputs, outputs, {
      duration,
      error: Option.getOrUndefined(options.error),
      parentId,
      nodeId
    })
    .pipe(during("saving"))
  yield* output.emit(ToolTrace, trace, traceView)
})
