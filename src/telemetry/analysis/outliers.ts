/** Values that are far from the others. */

/** `score` counts robust standard deviations from `expected`. */
export interface Outlier {
  readonly index: number
  readonly expected: number
  readonly score: number
}

/** Fewer values have no usual spread. */
const fewest = 7
/** Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (1993): a modified z-score beyond this is an outlier. */
const threshold = 3.5
/** The median absolute deviation of a normal distribution in its standard deviations; the same source. */
const perDeviation = 0.6745
/** The standard deviation is taken to be at least this share of the level, so that a series that hardly moves has no outliers. */
const leastSpread = 0.05

/** The middle value, or the mean of the two in the middle; 0 of none. */
export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const above = sorted[Math.floor(middle)] ?? 0
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? 0) + above) / 2 : above
}

/**
 * Outliers by the modified z-score, each value against the median of its own level: levels start at `changes`, ascending. Where there is
 * no spread and the level is 0 nothing can be told.
 */
export const outliersOf = (
  values: ReadonlyArray<number>,
  changes: ReadonlyArray<number> = []
): ReadonlyArray<Outlier> => {
  if (values.length < fewest) return []
  const starts = [0, ...changes]
  const levels = starts.flatMap((from, i) => {
    const part = values.slice(from, starts[i + 1])
    const level = median(part)
    return part.map(() => level)
  })
  const deviations = values.map((value, i) => value - (levels[i] ?? 0))
  const usual = median(deviations.map(Math.abs)) / perDeviation
  return deviations.flatMap((deviation, index) => {
    const expected = levels[index] ?? 0
    const spread = Math.max(usual, leastSpread * Math.abs(expected))
    const score = spread === 0 ? 0 : deviation / spread
    return Math.abs(score) > threshold ? [{ index, expected, score }] : []
  })
}
