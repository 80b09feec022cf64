/**
 * The script that makes one tree of the other, given which nodes belong together. After Chawathe et al., "Change Detection in
 * Hierarchically Structured Information" (SIGMOD 1996): updates, then inserts and moves from the root down with as few moves among
 * siblings as possible, then deletes from the leaves up. A place is said by the sibling before it, so each step takes constant time.
 */
import type { EditOperation } from "../../../domain/AstDiff.js"
import { after, at, childrenOf, type Forest, type Props, propsOf, slotOf, typeOf } from "../tree/Forest.js"
import { isFree, type Matching } from "../match/Matching.js"
import { increasingSubsequence } from "../match/sequences.js"

export const asRecord = (props: Props): Readonly<Record<string, Props[number][1]>> =>
  Object.fromEntries(props)

export const editScript = (forest: Forest, matching: Matching): ReadonlyArray<EditOperation> => {
  const script: Array<EditOperation> = []
  const { label, parent, slot, split } = forest
  const { partner } = matching
  for (let node = 0; node < split; node++) {
    const other = at(partner, node)
    if (other < 0 || at(label, node) === at(label, other)) continue
    script.push({
      op: "update",
      node,
      type: typeOf(forest, node),
      original: asRecord(propsOf(forest, node)),
      modified: asRecord(propsOf(forest, other))
    })
  }

  /** The node that stands for a node of the modified tree: the one it was, or itself where it is new. */
  const standing = (node: number): number => (isFree(matching, node) ? node : at(partner, node))

  for (let node = split; node < forest.count; node++) {
    // a leaf in both trees has nothing to be put in order
    if (at(forest.size, node) === 1) continue
    const own = standing(node)
    if (own < split && hasSameChildren(own, node)) continue
    const children = childrenOf(forest, node)
    const stays = inPlace(own, children)
    let previous: number | null = null
    children.forEach((child, index) => {
      const stand = standing(child)
      const place = { parent: own, slot: slotOf(forest, child), after: previous }
      if (stand === child) {
        const properties = asRecord(propsOf(forest, child))
        script.push({ op: "insert", node: child, type: typeOf(forest, child), properties, ...place })
      } else if (stays[index] !== 1 || at(slot, stand) !== at(slot, child)) {
        script.push({ op: "move", node: stand, type: typeOf(forest, child), ...place })
      }
      previous = stand
    })
  }

  // children have larger numbers than their parents
  for (let node = split - 1; node >= 0; node--) {
    if (isFree(matching, node)) script.push({ op: "delete", node, type: typeOf(forest, node) })
  }
  return script

  /** Whether all children of a node are those of its partner, in order. */
  function hasSameChildren(own: number, other: number): boolean {
    const ownEnd = after(forest, own)
    const otherEnd = after(forest, other)
    let left = own + 1
    let right = other + 1
    while (left < ownEnd && right < otherEnd) {
      if (at(partner, left) !== right || at(slot, left) !== at(slot, right)) return false
      left = after(forest, left)
      right = after(forest, right)
    }
    return right === otherEnd
  }

  /** 1 for each child that keeps its place among its siblings. */
  function inPlace(own: number, children: ReadonlyArray<number>): Uint8Array {
    const stays = new Uint8Array(children.length)
    if (own >= split) return stays
    const kept = children.flatMap((child, index) => {
      const was = at(partner, child)
      return was >= 0 && at(parent, was) === own ? [{ index, was }] : []
    })
    const increasing = increasingSubsequence(Int32Array.from(kept, ({ was }) => was))
    kept.forEach(({ index }, place) => {
      stays[index] = increasing[place] ?? 0
    })
    return stays
  }
}
