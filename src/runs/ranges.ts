/** Numbers of entries as a prune writes them down: those that follow one another as a pair of the first and the last. */

export type Ranges = ReadonlyArray<number | readonly [first: number, last: number]>

/** The numbers have to ascend. */
export const toRanges = (numbers: ReadonlyArray<number>): Ranges => {
  const ranges: Array<number | [number, number]> = []
  for (const n of numbers) {
    const last = ranges.at(-1)
    if (Array.isArray(last) && last[1] === n - 1) last[1] = n
    else if (last === n - 1) ranges[ranges.length - 1] = [n - 1, n]
    else ranges.push(n)
  }
  return ranges
}

/** The numbers again; of what is no list of ranges, none. `most` bounds what a forged list can ask for. */
export const fromRanges = (ranges: unknown, most: number): ReadonlyArray<number> => {
  if (!Array.isArray(ranges)) return []
  const numbers: Array<number> = []
  for (const range of ranges as ReadonlyArray<unknown>) {
    const [first, last]: ReadonlyArray<unknown> = Array.isArray(range) ? range : [range, range]
    if (typeof first !== "number" || typeof last !== "number") continue
    for (let n = Math.max(1, first); n <= Math.min(last, most); n += 1) numbers.push(n)
  }
  return numbers
}
