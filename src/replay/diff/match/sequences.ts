/** Longest common and longest increasing subsequences of numbers. */
import { at } from "../tree/Forest.js"

/** Cells of the table of a common subsequence: above it, only what is unique on both sides is aligned. */
const mostCells = 4_000_000

/** The pairs of indices of a longest common subsequence, in order. */
export const commonSubsequence = (
  left: Int32Array,
  right: Int32Array
): ReadonlyArray<readonly [left: number, right: number]> => {
  const pairs: Array<readonly [number, number]> = []
  let start = 0
  let leftEnd = left.length
  let rightEnd = right.length
  while (start < leftEnd && start < rightEnd && left[start] === right[start]) {
    pairs.push([start, start])
    start++
  }
  const tail: Array<readonly [number, number]> = []
  while (leftEnd > start && rightEnd > start && left[leftEnd - 1] === right[rightEnd - 1]) {
    tail.push([--leftEnd, --rightEnd])
  }
  const rows = leftEnd - start
  const columns = rightEnd - start
  if (rows > 0 && columns > 0) {
    const middle =
      rows * columns > mostCells
        ? uniquePairs(left.subarray(start, leftEnd), right.subarray(start, rightEnd))
        : byTable(left.subarray(start, leftEnd), right.subarray(start, rightEnd))
    for (const [one, other] of middle) pairs.push([one + start, other + start])
  }
  return pairs.concat(tail.reverse())
}

const byTable = (left: Int32Array, right: Int32Array): ReadonlyArray<readonly [number, number]> => {
  const width = right.length + 1
  const lengths = new Int32Array((left.length + 1) * width)
  for (let row = left.length - 1; row >= 0; row--) {
    for (let column = right.length - 1; column >= 0; column--) {
      lengths[row * width + column] =
        left[row] === right[column]
          ? at(lengths, (row + 1) * width + column + 1) + 1
          : Math.max(at(lengths, (row + 1) * width + column), at(lengths, row * width + column + 1))
    }
  }
  const pairs: Array<readonly [number, number]> = []
  for (let row = 0, column = 0; row < left.length && column < right.length;) {
    if (left[row] === right[column]) pairs.push([row++, column++])
    else if (at(lengths, (row + 1) * width + column) >= at(lengths, row * width + column + 1)) row++
    else column++
  }
  return pairs
}

/** What occurs once on both sides, as far as it is in the same order. */
const uniquePairs = (left: Int32Array, right: Int32Array): ReadonlyArray<readonly [number, number]> => {
  const places = new Map<number, number>()
  const ambiguous = new Set<number>()
  right.forEach((value, index) => {
    if (places.has(value)) ambiguous.add(value)
    places.set(value, index)
  })
  const seen = new Set<number>()
  left.forEach((value) => {
    if (seen.has(value)) ambiguous.add(value)
    seen.add(value)
  })
  const candidates: Array<readonly [number, number]> = []
  left.forEach((value, index) => {
    const place = places.get(value)
    if (place !== undefined && !ambiguous.has(value)) candidates.push([index, place])
  })
  const kept = increasingSubsequence(Int32Array.from(candidates, ([, place]) => place))
  return candidates.filter((_, index) => kept[index] === 1)
}

/** 1 for each member of a longest increasing subsequence, 0 for the others. */
export const increasingSubsequence = (values: Int32Array): Uint8Array => {
  const kept = new Uint8Array(values.length)
  const tails: Array<number> = []
  const previous = new Int32Array(values.length).fill(-1)
  for (let index = 0; index < values.length; index++) {
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (at(values, tails[middle] ?? 0) < at(values, index)) low = middle + 1
      else high = middle
    }
    if (low > 0) previous[index] = tails[low - 1] ?? -1
    tails[low] = index
  }
  for (let index = tails.at(-1) ?? -1; index >= 0; index = at(previous, index)) kept[index] = 1
  return kept
}
