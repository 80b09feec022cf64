/** `aegis artifact add REF [FILE|-]`: keeps something that a run made, with the checkpoint that it belongs to. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { NodeId, ToolTraceId } from "../domain/Ids.js"
import { ScratchpadArtifact } from "../domain/ScratchpadArtifact.js"
import { ArtifactStore } from "../services/ArtifactStore.js"
import { idOption } from "./idOption.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { meant, referable, type RefOptions } from "./refOptions.js"
import { knownNode, knownTrace } from "./runIds.js"
import { textInput } from "./textInput.js"
import { artifactView } from "./views/artifacts.js"

export interface ArtifactAddOptions extends RefOptions {
  readonly file: Option.Option<string>
  readonly type: ScratchpadArtifact["type"]
  readonly name: Option.Option<string>
  readonly node: Option.Option<string>
  readonly toolTrace: Option.Option<string>
}

export const artifactAdd = Effect.fn("aegis artifact add")(function* (options: ArtifactAddOptions) {
  const artifacts = yield* ArtifactStore
  const output = yield* Output
  const { during } = yield* Progress
  const nodeId = yield* idOption(options.node, NodeId, "--node", "node")
  const toolTraceId = yield* idOption(options.toolTrace, ToolTraceId, "--tool-trace", "tool call")
  const checkpointId = yield* Effect.flatMap(meant(options), referable)
  if (nodeId !== undefined) yield* knownNode(nodeId)
  if (toolTraceId !== undefined) yield* knownTrace(toolTraceId)
  const content = yield* textInput(options.file, "text")
  const name = Option.getOrUndefined(options.name)
  const artifact = yield* artifacts
    .addScratchpad(checkpointId, content, options.type, { name, nodeId, toolTraceId })
    .pipe(during("saving"))
  yield* output.emit(ScratchpadArtifact, artifact, artifactView("facts"))
})
