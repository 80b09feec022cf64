/** Which elements of one array became which of another. */
import { commonSubsequence, increasingSubsequence } from "../match/sequences.js"
import { isObject, type JsonIdentities } from "./identities.js"

export interface Alignment {
  /** By index of the second array: the index in the first, or -1 for what is new. */
  readonly origins: Int32Array
  /** By index of the second array: 1 for what changed its place among the others. */
  readonly moved: Uint8Array
  /** Indices in the first array of what is gone. */
  readonly removed: ReadonlyArray<number>
}

/** What elements that are objects are told apart by, in this order. */
const keys = ["id", "key", "name"]

/**
 * First equal elements in order, then elements with the same key, then equal ones anywhere; what is left between two that stayed is paired
 * one by one.
 */
export const align = (
  before: ReadonlyArray<unknown>,
  after: ReadonlyArray<unknown>,
  identities: JsonIdentities
): Alignment => {
  const origins = new Int32Array(after.length).fill(-1)
  const targets = new Int32Array(before.length).fill(-1)
  const pair = (from: number, to: number): void => {
    origins[to] = from
    targets[from] = to
  }
  const [one, other] = [before, after].map((list) => Int32Array.from(list, identities.of))
  if (one === undefined || other === undefined)
    return { origins, moved: new Uint8Array(after.length), removed: [] }
  for (const [from, to] of commonSubsequence(one, other)) pair(from, to)
  pairByKey(before, after, origins, targets, pair)
  pairEqual(one, other, origins, targets, pair)
  pairBetween(origins, targets, pair)
  const kept = [...origins.entries()].filter(([, from]) => from >= 0)
  const stays = increasingSubsequence(Int32Array.from(kept, ([, from]) => from))
  const moved = new Uint8Array(after.length)
  kept.forEach(([to], index) => {
    moved[to] = stays[index] === 1 ? 0 : 1
  })
  const removed = [...targets.entries()].flatMap(([from, to]) => (to < 0 ? [from] : []))
  return { origins, moved, removed }
}

type Pair = (from: number, to: number) => void

const pairByKey = (
  before: ReadonlyArray<unknown>,
  after: ReadonlyArray<unknown>,
  origins: Int32Array,
  targets: Int32Array,
  pair: Pair
): void => {
  for (const key of keys) {
    const one = placesByKey(before, key)
    if (one.size === 0) continue
    for (const [value, to] of placesByKey(after, key)) {
      const from = one.get(value) ?? -1
      if (from >= 0 && to >= 0 && targets[from] === -1 && origins[to] === -1) pair(from, to)
    }
  }
}

/** By the value of a key: the index of the only object that has it, or -1 where several have. */
const placesByKey = (list: ReadonlyArray<unknown>, key: string): ReadonlyMap<unknown, number> => {
  const places = new Map<unknown, number>()
  for (const [index, element] of list.entries()) {
    if (!isObject(element) || !Object.hasOwn(element, key)) continue
    const value = element[key]
    if (typeof value === "string" || typeof value === "number")
      places.set(value, places.has(value) ? -1 : index)
  }
  return places
}

const pairEqual = (
  one: Int32Array,
  other: Int32Array,
  origins: Int32Array,
  targets: Int32Array,
  pair: Pair
): void => {
  const free = new Map<number, Array<number>>()
  for (let from = one.length - 1; from >= 0; from--) {
    if (targets[from] !== -1) continue
    const id = one[from] ?? -1
    const places = free.get(id)
    if (places === undefined) free.set(id, [from])
    else places.push(from)
  }
  for (let to = 0; to < other.length; to++) {
    if (origins[to] !== -1) continue
    const from = free.get(other[to] ?? -1)?.pop()
    if (from !== undefined) pair(from, to)
  }
}

/** Pairs what is left in order, between elements that belong together on both sides. */
const pairBetween = (origins: Int32Array, targets: Int32Array, pair: Pair): void => {
  let from = 0
  for (let to = 0; to < origins.length; to++) {
    const origin = origins[to] ?? -1
    if (origin >= from) from = origin + 1
    else if (origin < 0 && from < targets.length && targets[from] === -1) pair(from++, to)
  }
}
