/**
 * Numbers for subtrees: two have the same one if and only if they are equal. Each new subtree is compared with the ones of its hash, so
 * there are no collisions.
 */
import { after, at, type Forest } from "./Forest.js"

export interface Identities {
  /** Equal for subtrees that are equal in everything. */
  readonly full: Int32Array
  /** Equal for subtrees that are equal but for the properties of their nodes. */
  readonly shape: Int32Array
  /** How many different numbers there are in `full`. */
  readonly fullCount: number
}

export const identify = (forest: Forest): Identities => {
  const full = new Int32Array(forest.count)
  const shape = new Int32Array(forest.count)
  const fullCount = number(forest, full, true)
  number(forest, shape, false)
  return { full, shape, fullCount }
}

/** Fills in the numbers, children before parents, and says how many there are. */
const number = (forest: Forest, ids: Int32Array, labelled: boolean): number => {
  const { count, label, slot, type } = forest
  const capacity = 2 ** Math.ceil(Math.log2(count * 2 + 2))
  const mask = capacity - 1
  // by hash: a node that has the number, plus one
  const table = new Int32Array(capacity)
  let next = 0
  for (let node = count - 1; node >= 0; node--) {
    const end = after(forest, node)
    let hash = mixed(at(type, node), labelled ? at(label, node) : 0)
    for (let child = node + 1; child < end; child = after(forest, child)) {
      hash = mixed(hash ^ at(slot, child), at(ids, child))
    }
    let place = hash & mask
    for (;;) {
      const known = at(table, place) - 1
      if (known < 0) {
        table[place] = node + 1
        ids[node] = next++
        break
      }
      if (isEqual(forest, ids, labelled, node, known)) {
        ids[node] = at(ids, known)
        break
      }
      place = (place + 1) & mask
    }
  }
  return next
}

const isEqual = (forest: Forest, ids: Int32Array, labelled: boolean, one: number, other: number): boolean => {
  const { label, size, slot, type } = forest
  if (at(type, one) !== at(type, other) || at(size, one) !== at(size, other)) return false
  if (labelled && at(label, one) !== at(label, other)) return false
  const end = after(forest, one)
  let left = one + 1
  let right = other + 1
  const rightEnd = after(forest, other)
  while (left < end && right < rightEnd) {
    if (at(ids, left) !== at(ids, right) || at(slot, left) !== at(slot, right)) return false
    left = after(forest, left)
    right = after(forest, right)
  }
  return left === end && right === rightEnd
}

/** Two numbers as one of 32 bits, well spread. */
const mixed = (one: number, other: number): number => {
  let hash = Math.imul(one ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(other + 0x165667b1, 0xc2b2ae35)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x27d4eb2f)
  return hash ^ (hash >>> 13)
}
