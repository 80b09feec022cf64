/** From an artifact back to the blocks of the prompt that it came from. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Checkpoint } from "../domain/Checkpoint.js"
import type { GraphNode } from "../domain/GraphNode.js"
import type { Provenance } from "../domain/Provenance.js"
import { RunNotFound } from "../domain/RunErrors.js"
import { ArtifactStore } from "./ArtifactStore.js"
import { noScaffold } from "./checkpoints/native.js"
import { CheckpointStore } from "./CheckpointStore.js"
import type { GraphNodeStore } from "./GraphNodeStore.js"
import type { ReadError } from "./RunLog.js"
import { ToolTraceStore } from "./ToolTraceStore.js"

type Stores = ArtifactStore | CheckpointStore | GraphNodeStore | ToolTraceStore

/** The provenance of an artifact, a tool call, a node or a checkpoint. Upstream nodes are followed once. */
export const provenance: (id: string) => Effect.Effect<Provenance, ReadError | RunNotFound, Stores> =
  Effect.fn("provenance")(function* (id: string) {
    const checkpoints = yield* CheckpointStore
    const artifacts = yield* ArtifactStore
    const traces = yield* ToolTraceStore

    const checkpointOf = (checkpointId: string): Effect.Effect<Checkpoint, ReadError | RunNotFound> =>
      Effect.flatMap(
        checkpoints.load(checkpointId),
        Option.match({
          onNone: () => new RunNotFound({ kind: "checkpoint", name: checkpointId }),
          onSome: (checkpoint) => Effect.succeed(checkpoint)
        })
      )

    const artifact = yield* artifacts.load(id)
    if (Option.isSome(artifact)) {
      const { checkpointId, name, nodeId, toolTraceId, type } = artifact.value
      const checkpoint = yield* checkpointOf(checkpointId)
      const trace = toolTraceId === undefined ? Option.none() : yield* traces.load(toolTraceId)
      const maker = Option.isSome(trace)
        ? fromTrace(checkpoint, trace.value)
        : nodeId === undefined
          ? fromCheckpoint(checkpoint)
          : fromNode(checkpoint, nodeId)
      return { kind: "artifact", id, label: name ?? type, from: [maker] }
    }
    const trace = yield* traces.load(id)
    if (Option.isSome(trace)) return fromTrace(yield* checkpointOf(trace.value.checkpointId), trace.value)
    const checkpoint = yield* checkpoints.load(id)
    if (Option.isSome(checkpoint)) return fromCheckpoint(checkpoint.value)
    const owner = yield* checkpoints.ownerOf(id)
    if (Option.isSome(owner)) return fromNode(yield* checkpointOf(owner.value), id)
    return yield* new RunNotFound({ kind: "checkpoint", name: id })
  })

const fromTrace = (
  checkpoint: Checkpoint,
  trace: { readonly id: string; readonly toolName: string; readonly nodeId?: string | undefined }
): Provenance => ({
  kind: "tool trace",
  id: trace.id,
  label: trace.toolName,
  from: [trace.nodeId === undefined ? fromCheckpoint(checkpoint) : fromNode(checkpoint, trace.nodeId)]
})

/** A node with those that it depends on; what was named before is not repeated. */
const fromNode = (checkpoint: Checkpoint, id: string): Provenance => {
  const byId = new Map<string, GraphNode>(checkpoint.nodes.map((node) => [node.id, node]))
  const seen = new Set<string>()
  const follow = (nodeId: string): Provenance => {
    seen.add(nodeId)
    const node = byId.get(nodeId)
    const upstream = (node?.dependsOn ?? []).filter((each) => !seen.has(each)).map(follow)
    return {
      kind: "node",
      id: nodeId,
      label: node === undefined ? "not in the checkpoint" : `${node.nodeType} ${node.name ?? ""}`.trim(),
      from: upstream.length > 0 ? upstream : [fromCheckpoint(checkpoint)]
    }
  }
  return follow(id)
}

const fromCheckpoint = ({ blocks = [], id, name, scaffoldId }: Checkpoint): Provenance => ({
  kind: "checkpoint",
  id,
  label: name,
  from:
    scaffoldId === noScaffold
      ? []
      : [
          {
            kind: "scaffold",
            id: scaffoldId,
            label: "",
            from: blocks.map((hash) => ({ kind: "block", id: hash, label: "", from: [] }))
          }
        ]
})
