/**
 * What is left of the children of two nodes that belong together: equal ones in order, those of the same name, those of the same shape
 * in order, the only one of its type in its place, and those that have much in common. Each pair that is found is looked into in turn.
 */
import { after, at, childrenOf, type Forest } from "../tree/Forest.js"
import type { Identities } from "../tree/identify.js"
import { matchAlike } from "./alike.js"
import { isAllFree, isFree, link, linkAll, type Matching } from "./Matching.js"
import { commonSubsequence } from "./sequences.js"

export interface Recovery {
  /** Undefined where names count for nothing. */
  readonly names: Int32Array | undefined
  /** Whether children are compared by what they consist of. */
  readonly alike: boolean
}

export const recover = (
  forest: Forest,
  ids: Identities,
  { alike, names }: Recovery,
  matching: Matching,
  one: number,
  other: number
): void => {
  const open: Array<readonly [number, number]> = [[one, other]]
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [left, right] = pair
    inOrder(forest, ids.full, matching, left, right)
    if (names !== undefined) {
      byKey(
        forest,
        matching,
        left,
        right,
        (node) => {
          const name = at(names, node)
          return name < 0 ? undefined : `${at(forest.slot, node)},${at(forest.type, node)},${name}`
        },
        open
      )
    }
    inOrder(forest, ids.shape, matching, left, right)
    byKey(forest, matching, left, right, (node) => `${at(forest.slot, node)},${at(forest.type, node)}`, open)
    if (alike) matchAlike(forest, matching, left, right, open)
  }
}

const freeChildren = (forest: Forest, matching: Matching, node: number): ReadonlyArray<number> =>
  childrenOf(forest, node).filter((child) => isFree(matching, child))

const inOrder = (forest: Forest, ids: Int32Array, matching: Matching, left: number, right: number): void => {
  const whole = (node: number): boolean => isAllFree(forest, matching, node)
  const lefts = freeChildren(forest, matching, left).filter(whole)
  const rights = freeChildren(forest, matching, right).filter(whole)
  if (lefts.length === 0 || rights.length === 0) return
  const pairs = commonSubsequence(
    Int32Array.from(lefts, (node) => at(ids, node)),
    Int32Array.from(rights, (node) => at(ids, node))
  )
  for (const [one, other] of pairs) linkAll(forest, matching, lefts[one] ?? -1, rights[other] ?? -1)
}

/** Links the children whose key occurs once on either side. */
const byKey = (
  forest: Forest,
  matching: Matching,
  left: number,
  right: number,
  keyOf: (node: number) => string | undefined,
  open: Array<readonly [number, number]>
): void => {
  const lefts = unique(forest, matching, left, keyOf)
  if (lefts.size === 0) return
  for (const [key, other] of unique(forest, matching, right, keyOf)) {
    const one = lefts.get(key) ?? -1
    if (one < 0 || other < 0) continue
    link(matching, one, other)
    open.push([one, other])
  }
}

/** By key: the child that has it, or -1 where there are several. */
const unique = (
  forest: Forest,
  matching: Matching,
  node: number,
  keyOf: (node: number) => string | undefined
): Map<string, number> => {
  const found = new Map<string, number>()
  const end = after(forest, node)
  for (let child = node + 1; child < end; child = after(forest, child)) {
    if (!isFree(matching, child)) continue
    const key = keyOf(child)
    if (key !== undefined) found.set(key, found.has(key) ? -1 : child)
  }
  return found
}
