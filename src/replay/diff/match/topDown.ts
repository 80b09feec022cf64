/** Subtrees that are in both trees as they are: first those that occur once in each, then those whose place tells which is which. */
import { at, type Forest } from "../tree/Forest.js"
import type { Identities } from "../tree/identify.js"
import { isFree, linkAll, type Matching } from "./Matching.js"

export interface Occurrences {
  /** By identity: the first node of each tree that has it, or -1. */
  readonly first: Int32Array
  readonly second: Int32Array
  /** By node: the next one of its tree that has the same identity, or -1. */
  readonly next: Int32Array
}

export const occurrencesOf = (forest: Forest, { full, fullCount }: Identities): Occurrences => {
  const first = new Int32Array(fullCount).fill(-1)
  const second = new Int32Array(fullCount).fill(-1)
  const next = new Int32Array(forest.count).fill(-1)
  for (let node = forest.count - 1; node >= 0; node--) {
    const heads = node < forest.split ? first : second
    const id = at(full, node)
    next[node] = at(heads, id)
    heads[id] = node
  }
  return { first, second, next }
}

/** The identities that both trees have, of subtrees of at least `least` nodes, the largest first. */
export const shared = (
  forest: Forest,
  { first, second }: Occurrences,
  least: number
): ReadonlyArray<number> => {
  const ids: Array<number> = []
  for (let id = 0; id < first.length; id++) {
    const node = at(first, id)
    if (node >= 0 && at(second, id) >= 0 && at(forest.size, node) >= least) ids.push(id)
  }
  // by place where the size is the same, so that the order depends on the trees alone
  return ids.sort(
    (one, other) =>
      at(forest.size, at(first, other)) - at(forest.size, at(first, one)) || at(first, one) - at(first, other)
  )
}

export const freeOf = (matching: Matching, { next }: Occurrences, head: number): Array<number> => {
  const nodes: Array<number> = []
  for (let node = head; node >= 0; node = at(next, node)) if (isFree(matching, node)) nodes.push(node)
  return nodes
}

export const matchTopDown = (
  forest: Forest,
  ids: Identities,
  places: Int32Array,
  least: number,
  matching: Matching
): void => {
  const occurrences = occurrencesOf(forest, ids)
  const all = shared(forest, occurrences, least)
  const ambiguous: Array<number> = []
  for (const id of all) {
    const left = freeOf(matching, occurrences, at(occurrences.first, id))
    const right = freeOf(matching, occurrences, at(occurrences.second, id))
    const [one, ...more] = left
    const [other, ...others] = right
    if (one === undefined || other === undefined) continue
    if (more.length === 0 && others.length === 0) linkAll(forest, matching, one, other)
    else ambiguous.push(id)
  }
  // the place tells which is which; where nothing came or went, so does the order
  for (const id of ambiguous) {
    const left = groups(freeOf(matching, occurrences, at(occurrences.first, id)), places)
    const right = groups(freeOf(matching, occurrences, at(occurrences.second, id)), places)
    for (const [place, nodes] of left) linkEvenly(forest, matching, nodes, right.get(place) ?? [])
  }
  for (const id of ambiguous) {
    const left = freeOf(matching, occurrences, at(occurrences.first, id))
    const right = freeOf(matching, occurrences, at(occurrences.second, id))
    linkEvenly(forest, matching, left, right)
  }
}

/** Links equal subtrees in order, if there are as many on either side. */
const linkEvenly = (
  forest: Forest,
  matching: Matching,
  left: ReadonlyArray<number>,
  right: ReadonlyArray<number>
): void => {
  if (left.length !== right.length) return
  left.forEach((node, index) => linkAll(forest, matching, node, right[index] ?? -1))
}

const groups = (nodes: ReadonlyArray<number>, places: Int32Array): Map<number, Array<number>> => {
  const byPlace = new Map<number, Array<number>>()
  for (const node of nodes) {
    const place = at(places, node)
    const group = byPlace.get(place)
    if (group === undefined) byPlace.set(place, [node])
    else group.push(node)
  }
  return byPlace
}
