/**
 * The nodes of checkpoints. Owns: nodes that are saved to a checkpoint, one by one, and that they form no circles. Does not
 * own: the checkpoint (CheckpointStore), which may bring nodes of its own.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as RcMap from "effect/RcMap"
import { GraphNode } from "../domain/GraphNode.js"
import type { NodeCycle } from "../domain/RunErrors.js"
import { NodeMissing, RunNotFound } from "../domain/RunErrors.js"
import { canonicalJson } from "../prompt/canonical.js"
import { kinds } from "../runs/entry.js"
import { inOrder } from "../runs/graph.js"
import { toRanges } from "../runs/ranges.js"
import { nodePart, readEntry } from "../runs/snapshot.js"
import { locateOrFail } from "./checkpoints/locate.js"
import { allNodes } from "./checkpoints/nodes.js"
import { event } from "./checkpoints/refs.js"
import * as Records from "./records/records.js"
import { type ReadError, RunLog } from "./RunLog.js"
import { RunStorage } from "./RunStorage.js"

export class GraphNodeStore extends Context.Tag("aegis/GraphNodeStore")<
  GraphNodeStore,
  {
    /** Saves a node to a checkpoint, or another version of one that it has. What is there already is not stored again. */
    readonly save: (
      checkpointId: string,
      node: GraphNode
    ) => Effect.Effect<GraphNode, Records.RecordError | NodeCycle | NodeMissing>
    /** A node as the checkpoint has it that it was saved to last. */
    readonly load: (id: string) => Effect.Effect<Option.Option<GraphNode>, ReadError>
    /** All nodes of a checkpoint, each after those that it depends on. */
    readonly list: (
      checkpointId: string
    ) => Effect.Effect<ReadonlyArray<GraphNode>, ReadError | RunNotFound | NodeCycle | NodeMissing>
    /** Takes back a node that was saved to a checkpoint. One that the checkpoint came with stays as long as that does. */
    readonly delete: (id: string) => Effect.Effect<void, ReadError | RunNotFound | NodeMissing>
  }
>() {}

/** How often a deletion starts again when the run is pruned under it. */
const attempts = 20

export const make = Effect.gen(function* () {
  const log = yield* RunLog
  const storage = yield* RunStorage
  const records = Records.make(log, storage, {
    kind: kinds.node,
    name: "node",
    schema: GraphNode,
    part: nodePart
  })
  /** Nodes of one checkpoint follow one another: each is looked at beside those that are there. */
  const turns = yield* RcMap.make({ lookup: (_checkpointId: string) => Effect.makeSemaphore(1) })
  const inTurn = <A, E>(checkpointId: string, self: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.scoped(Effect.flatMap(RcMap.get(turns, checkpointId), (turn) => turn.withPermits(1)(self)))

  const nodesOf = (checkpointId: string): Effect.Effect<ReadonlyArray<GraphNode>, ReadError | RunNotFound> =>
    Effect.flatMap(locateOrFail(log, storage, checkpointId), (snapshot) => allNodes(log, storage, snapshot))

  /** The entry that a node was written into last: its own one, or its checkpoint's. */
  const placeOf = Effect.fnUntraced(function* (id: string) {
    const named = yield* storage.named(id)
    if (Option.isNone(named)) return undefined
    const { lineage, n } = named.value
    const [entry] = yield* storage.entries(lineage, [n])
    return entry && { lineage, entry }
  })

  const save = Effect.fnUntraced(function* (checkpointId: string, node: GraphNode) {
    const nodes = yield* nodesOf(checkpointId)
    const same = nodes.find(({ id }) => id === node.id)
    if (same !== undefined && Equal.equals(canonicalJson(same), canonicalJson(node))) return same
    yield* inOrder([...nodes.filter(({ id }) => id !== node.id), node])
    return yield* records.put(checkpointId, node)
  })

  const remove = Effect.fnUntraced(function* (id: string) {
    const place = yield* placeOf(id)
    if (place === undefined || place.entry.gone || place.entry.kind !== kinds.node) {
      return yield* new RunNotFound({ kind: "node", name: id })
    }
    const { entry, lineage } = place
    const others = (yield* nodesOf(entry.id)).filter((node) => node.id !== id)
    const user = others.find((node) => node.dependsOn?.some((upstream) => upstream === id))
    if (user !== undefined) return yield* new NodeMissing({ node: user.id, missing: id })
    const { epoch } = yield* storage.find(lineage, entry.id)
    const gone = (yield* storage.belonging(lineage, kinds.node, entry.id))
      .filter((each) => readEntry(each)?.parts.has(nodePart(id)) === true)
      .map(({ n }) => n)
    // their payloads go with the next prune
    yield* storage.remove(lineage, {
      epoch,
      gone,
      empty: [],
      chunks: [],
      draft: event(kinds.prune, entry.id, yield* Clock.currentTimeMillis, {
        gone: toRanges(gone),
        empty: [],
        entries: gone.length,
        chunks: 0
      })
    })
  })

  return GraphNodeStore.of({
    save: Effect.fn("GraphNodeStore.save")((checkpointId: string, node: GraphNode) =>
      inTurn(checkpointId, save(checkpointId, node))
    ),
    load: Effect.fn("GraphNodeStore.load")(function* (id: string) {
      const place = yield* placeOf(id)
      if (place === undefined) return Option.none()
      const nodes = yield* Effect.catchTag(nodesOf(place.entry.id), "RunNotFound", () => Effect.succeed([]))
      return Option.fromNullable(nodes.find((node) => node.id === id))
    }),
    list: Effect.fn("GraphNodeStore.list")(function* (checkpointId: string) {
      return yield* inOrder(yield* nodesOf(checkpointId))
    }),
    delete: Effect.fn("GraphNodeStore.delete")(function* (id: string) {
      const place = yield* placeOf(id)
      yield* inTurn(
        place?.entry.id ?? "",
        Effect.retry(remove(id), { times: attempts, while: ({ _tag }) => _tag === "LineageMoved" })
      )
    })
  })
})

export const layer: Layer.Layer<GraphNodeStore, never, RunLog | RunStorage> = Layer.scoped(
  GraphNodeStore,
  make
)
