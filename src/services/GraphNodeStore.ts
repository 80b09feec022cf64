/**
 * The nodes of checkpoints. Owns: nodes that are saved to a checkpoint, one by one, and that they form no circles. Does not
 * own: the checkpoint (CheckpointStore), which may bring nodes of its own.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { GraphNode } from "../domain/GraphNode.js"
import type { NodeCycle } from "../domain/RunErrors.js"
import { NodeMissing, RunNotFound } from "../domain/RunErrors.js"
import { kinds } from "../runs/entry.js"
import { inOrder } from "../runs/graph.js"
import { nodePart, type Snapshot } from "../runs/snapshot.js"
import { atNumber, locateOrFail } from "./checkpoints/locate.js"
import { allNodes } from "./checkpoints/nodes.js"
import { event } from "./checkpoints/refs.js"
import * as Records from "./records/records.js"
import { type ReadError, RunLog } from "./RunLog.js"
import { RunStorage } from "./RunStorage.js"

export class GraphNodeStore extends Context.Tag("aegis/GraphNodeStore")<
  GraphNodeStore,
  {
    /** Saves a node to a checkpoint, or another version of one that it has. */
    readonly save: (
      checkpointId: string,
      node: GraphNode
    ) => Effect.Effect<GraphNode, Records.RecordError | NodeCycle | NodeMissing>
    readonly load: (id: string) => Effect.Effect<Option.Option<GraphNode>, ReadError>
    /** All nodes of a checkpoint, each after those that it depends on. */
    readonly list: (
      checkpointId: string
    ) => Effect.Effect<ReadonlyArray<GraphNode>, ReadError | RunNotFound | NodeCycle | NodeMissing>
    /** Takes back a node that was saved to a checkpoint. One that the checkpoint came with stays as long as that does. */
    readonly delete: (id: string) => Effect.Effect<void, ReadError | RunNotFound | NodeMissing>
  }
>() {}

export const make = Effect.gen(function* () {
  const log = yield* RunLog
  const storage = yield* RunStorage
  const records = Records.make(log, storage, {
    kind: kinds.node,
    name: "node",
    schema: GraphNode,
    part: nodePart
  })
  const nodesOf = (checkpointId: string): Effect.Effect<ReadonlyArray<GraphNode>, ReadError | RunNotFound> =>
    Effect.flatMap(locateOrFail(log, storage, checkpointId), (snapshot) => allNodes(log, storage, snapshot))

  /** The checkpoint's entry, or the node's own one, that a node was written into last. */
  const placeOf = Effect.fnUntraced(function* (id: string) {
    const named = yield* storage.named(id)
    if (Option.isNone(named)) return undefined
    const { lineage, n } = named.value
    const [entry] = yield* storage.entries(lineage, [n])
    return entry === undefined || entry.gone ? undefined : { lineage, entry }
  })

  return GraphNodeStore.of({
    save: Effect.fn("GraphNodeStore.save")(function* (checkpointId: string, node: GraphNode) {
      const others = (yield* nodesOf(checkpointId)).filter(({ id }) => id !== node.id)
      yield* inOrder([...others, node])
      return yield* records.put(checkpointId, node)
    }),
    load: Effect.fn("GraphNodeStore.load")(function* (id: string) {
      const place = yield* placeOf(id)
      if (place === undefined) return Option.none()
      if (place.entry.kind === kinds.node) return yield* records.load(id)
      const snapshot: Snapshot = yield* Effect.catchTag(
        atNumber(log, storage, place.lineage, place.entry.n),
        "RunNotFound",
        () => Effect.dieMessage("an entry that was just read")
      )
      return Option.fromNullable((yield* allNodes(log, storage, snapshot)).find((node) => node.id === id))
    }),
    list: Effect.fn("GraphNodeStore.list")(function* (checkpointId: string) {
      return yield* inOrder(yield* nodesOf(checkpointId))
    }),
    delete: Effect.fn("GraphNodeStore.delete")(function* (id: string) {
      const place = yield* placeOf(id)
      if (place === undefined || place.entry.kind !== kinds.node) {
        return yield* new RunNotFound({ kind: "node", name: id })
      }
      const { entry, lineage } = place
      const user = (yield* nodesOf(entry.id)).find((node) =>
        node.dependsOn?.some((upstream) => upstream === id)
      )
      if (user !== undefined) return yield* new NodeMissing({ node: user.id, missing: id })
      const { epoch } = yield* storage.find(lineage, entry.id)
      // its payload goes with the next prune
      yield* storage.remove(lineage, {
        epoch,
        gone: [entry.n],
        empty: [],
        chunks: [],
        draft: event(kinds.prune, entry.id, entry.at, { gone: [entry.n] })
      })
    })
  })
})

export const layer: Layer.Layer<GraphNodeStore, never, RunLog | RunStorage> = Layer.effect(
  GraphNodeStore,
  make
)
