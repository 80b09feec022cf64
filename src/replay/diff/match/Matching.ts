/** Which node of the second tree each node of the first one became. Partners have the same type. */
import { after, at, type Forest } from "../tree/Forest.js"

export interface Matching {
  /** By node of either tree: its partner in the other one, or -1. */
  readonly partner: Int32Array
}

export const newMatching = (forest: Forest): Matching => ({ partner: new Int32Array(forest.count).fill(-1) })

export const isFree = ({ partner }: Matching, node: number): boolean => at(partner, node) < 0

export const link = ({ partner }: Matching, one: number, other: number): void => {
  partner[one] = other
  partner[other] = one
}

/** Links two subtrees of the same shape node by node, as far as nodes have no partner yet. */
export const linkAll = (forest: Forest, matching: Matching, one: number, other: number): void => {
  const end = after(forest, one)
  for (let left = one, right = other; left < end; left++, right++) {
    if (isFree(matching, left) && isFree(matching, right)) link(matching, left, right)
  }
}

/** Whether no node of a subtree has a partner. */
export const isAllFree = (forest: Forest, matching: Matching, node: number): boolean => {
  const end = after(forest, node)
  for (let each = node; each < end; each++) if (!isFree(matching, each)) return false
  return true
}
