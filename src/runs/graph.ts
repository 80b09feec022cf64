/** The nodes of a checkpoint as a graph: every edge leads to a node of it, and none leads back. */
import * as Either from "effect/Either"
import type { GraphNode } from "../domain/GraphNode.js"
import { NodeCycle, NodeMissing } from "../domain/RunErrors.js"

/** The nodes in an order in which each comes after those that it depends on. Of those with one id the last one counts. */
export const inOrder = (
  nodes: ReadonlyArray<GraphNode>
): Either.Either<ReadonlyArray<GraphNode>, NodeCycle | NodeMissing> => {
  const byId = new Map<string, GraphNode>(nodes.map((node) => [node.id, node]))
  const ordered: Array<GraphNode> = []
  const done = new Set<string>()
  for (const start of byId.values()) {
    /** The nodes on the way from `start`, each with its next edge: no recursion, so depth is no limit. */
    const way: Array<{ readonly node: GraphNode; next: number }> = done.has(start.id)
      ? []
      : [{ node: start, next: 0 }]
    const onWay = new Set<string>([start.id])
    for (let step = way.at(-1); step !== undefined; step = way.at(-1)) {
      const id = step.node.dependsOn?.[step.next++]
      if (id === undefined) {
        if (!done.has(step.node.id)) ordered.push(step.node)
        done.add(step.node.id)
        onWay.delete(step.node.id)
        way.pop()
        continue
      }
      const node = byId.get(id)
      if (node === undefined) return Either.left(new NodeMissing({ node: step.node.id, missing: id }))
      if (onWay.has(id)) {
        const path = way.map(({ node: each }) => each.id)
        return Either.left(new NodeCycle({ path: [...path.slice(path.indexOf(id as GraphNode["id"])), id] }))
      }
      if (!done.has(id)) {
        onWay.add(id)
        way.push({ node, next: 0 })
      }
    }
  }
  return Either.right(ordered)
}
