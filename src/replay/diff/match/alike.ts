/** Children that were rewritten in part: those of one type that have most in common, in order. */
import { at, childrenOf, type Forest } from "../tree/Forest.js"
import { isFree, link, type Matching } from "./Matching.js"

/** What two nodes must have in common to be called one that was rewritten, of 1. */
const least = 0.3
/** Pairs of children that are compared at most. */
const mostPairs = 10_000

/** Links the children of two nodes that are alike, so that as many nodes as possible are kept, and adds the pairs to what is looked into. */
export const matchAlike = (
  forest: Forest,
  matching: Matching,
  one: number,
  other: number,
  open: Array<readonly [number, number]>
): void => {
  const lefts = childrenOf(forest, one).filter((child) => isFree(matching, child))
  if (lefts.length === 0) return
  const rights = childrenOf(forest, other).filter((child) => isFree(matching, child))
  const [rows, columns] = [lefts.length, rights.length]
  if (columns === 0 || rows * columns > mostPairs) return
  const gains = gainsOf(forest, lefts, rights)
  const gain = (row: number, column: number): number => gains[row * columns + column] ?? 0
  // the most that can be kept of what comes behind
  const kept = new Float64Array((rows + 1) * (columns + 1))
  const most = (row: number, column: number): number => kept[row * (columns + 1) + column] ?? 0
  for (let row = rows - 1; row >= 0; row--) {
    for (let column = columns - 1; column >= 0; column--) {
      const apart = Math.max(most(row + 1, column), most(row, column + 1))
      const own = gain(row, column)
      kept[row * (columns + 1) + column] = own > 0 ? Math.max(apart, own + most(row + 1, column + 1)) : apart
    }
  }
  for (let row = 0, column = 0; row < rows && column < columns;) {
    const own = gain(row, column)
    if (own > 0 && most(row, column) === own + most(row + 1, column + 1)) {
      const [left = -1, right = -1] = [lefts[row++], rights[column++]]
      link(matching, left, right)
      open.push([left, right])
    } else if (most(row, column) === most(row + 1, column)) row++
    else column++
  }
}

/** By pair of children: how many nodes they have in common, or 0 for two that are not alike. */
const gainsOf = (
  forest: Forest,
  lefts: ReadonlyArray<number>,
  rights: ReadonlyArray<number>
): Float64Array => {
  const gains = new Float64Array(lefts.length * rights.length)
  const bags = new Map<number, Float64Array>()
  const bag = (node: number): Float64Array => {
    const known = bags.get(node) ?? bagOf(forest, node)
    bags.set(node, known)
    return known
  }
  for (const [row, left] of lefts.entries()) {
    for (const [column, right] of rights.entries()) {
      if (at(forest.type, left) !== at(forest.type, right)) continue
      if (at(forest.slot, left) !== at(forest.slot, right)) continue
      const [one, other] = [bag(left), bag(right)]
      const common = commonOf(one, other)
      if (2 * common >= least * (one.length + other.length)) gains[row * rights.length + column] = common
    }
  }
  return gains
}

/** The nodes of a subtree by what they are, sorted. */
const bagOf = (forest: Forest, node: number): Float64Array => {
  const bag = new Float64Array(at(forest.size, node))
  for (let index = 0; index < bag.length; index++) {
    bag[index] = at(forest.type, node + index) * forest.labels.length + at(forest.label, node + index)
  }
  return bag.sort()
}

const commonOf = (one: Float64Array, other: Float64Array): number => {
  let common = 0
  for (let left = 0, right = 0; left < one.length && right < other.length;) {
    const [here = 0, there = 0] = [one[left], other[right]]
    if (here === there) common++
    if (here <= there) left++
    if (there <= here) right++
  }
  return common
}
