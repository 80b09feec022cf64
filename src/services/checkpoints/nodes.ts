/** Nodes that were saved to a checkpoint after it: each is an entry of its own, the last one of an id counts. */
import * as Effect from "effect/Effect"
import type { GraphNode } from "../../domain/GraphNode.js"
import { RunDamaged } from "../../domain/RunErrors.js"
import { kinds } from "../../runs/entry.js"
import { readEntry, type Snapshot } from "../../runs/snapshot.js"
import type { ReadError, RunLog } from "../RunLog.js"
import type { RunStorage } from "../RunStorage.js"
import { nodesOf, readNode } from "./native.js"

const laterNodes = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  snapshot: Snapshot
): Effect.Effect<ReadonlyArray<GraphNode>, ReadError> =>
  Effect.gen(function* () {
    const nodes: Array<GraphNode> = []
    for (const entry of yield* storage.belonging(snapshot.lineage, kinds.node, snapshot.id)) {
      const content = readEntry(entry)
      const [name, part] = [...(content?.parts ?? [])][0] ?? []
      if (name === undefined || part === undefined) {
        return yield* new RunDamaged({ what: `entry ${entry.n} of thread ${snapshot.lineage.thread}` })
      }
      for (const value of yield* log.parts([part])) nodes.push(yield* readNode(snapshot, value))
    }
    return nodes
  })

/** All nodes of a checkpoint. */
export const allNodes = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  snapshot: Snapshot
): Effect.Effect<ReadonlyArray<GraphNode>, ReadError> =>
  Effect.gen(function* () {
    const nodes = new Map<string, GraphNode>()
    for (const node of yield* nodesOf(log, snapshot)) nodes.set(node.id, node)
    for (const node of yield* laterNodes(log, storage, snapshot)) nodes.set(node.id, node)
    return [...nodes.values()]
  })
