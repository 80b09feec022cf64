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

/** A node that is being followed upstream: its edges so far, and the next one. */
interface Step {
  readonly found: Provenance & { readonly from: Array<Provenance> }
  readonly upstream: ReadonlyArray<string>
  next: number
}

/** A node with those that it depends on. Each is followed once; where it is met again it stands alone. */
const fromNode = (checkpoint: Checkpoint, id: string): Provenance => {
  const byId = new Map<string, GraphNode>(checkpoint.nodes.map((node) => [node.id, node]))
  const origin = fromCheckpoint(checkpoint)
  const seen = new Set<string>()
  const named = (nodeId: string): Step["found"] => {
    const node = byId.get(nodeId)
    const label = node === undefined ? "not in the checkpoint" : `${node.nodeType} ${node.name ?? ""}`.trim()
    return { kind: "node", id: nodeId, label, from: [] }
  }
  const begin = (nodeId: string): Step => {
    seen.add(nodeId)
    const upstream = byId.get(nodeId)?.dependsOn ?? []
    const found = named(nodeId)
    if (upstream.length === 0) found.from.push(origin)
    return { found, upstream, next: 0 }
  }
  const first = begin(id)
  // no recursion, so depth is no limit
  const way = [first]
  for (let step = way.at(-1); step !== undefined; step = way.at(-1)) {
    const nodeId = step.upstream[step.next++]
    if (nodeId === undefined) way.pop()
    else if (seen.has(nodeId)) step.found.from.push(named(nodeId))
    else {
      const next = begin(nodeId)
      step.found.from.push(next.found)
      way.push(next)
    }
  }
  return first.found
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
