/** Where the level of a series changed for good. */
import * as Utils from "effect/Utils"

/** The series is at `before` on average up to `index`, and at `after` from there on. `confidence` is 1 less the p-value. */
export interface ChangePoint {
  readonly index: number
  readonly before: number
  readonly after: number
  readonly confidence: number
}

/** A level that held for fewer values is an exception, not a change. */
const shortest = 3
/** How often a series without a change may be said to have one. */
const significance = 0.01
const permutations = 999
/** More permutations than this that do as well, and the p-value is above the significance. */
const tolerated = Math.floor(significance * (permutations + 1)) - 1
/** A smaller step, as a share of the higher level, is of no interest to anybody, however sure it is. */
const smallest = 0.05

interface Split {
  readonly at: number
  readonly gain: number
}

const mean = (values: ReadonlyArray<number>): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/**
 * The split that takes most off the sum of squares around the mean, or none in a series that is too short. For `k` of `n` values
 * whose deviations sum to `s` that is s² n / (k (n - k)).
 */
const bestSplit = (values: ReadonlyArray<number>): Split | undefined => {
  const centre = mean(values)
  const last = values.length - shortest
  let sum = 0
  let best: Split | undefined
  values.forEach((value, i) => {
    sum += value - centre
    const at = i + 1
    if (at < shortest || at > last) return
    const gain = (sum * sum * values.length) / (at * (values.length - at))
    if (best === undefined || gain > best.gain) best = { at, gain }
  })
  return best
}

const matters = (before: number, after: number): boolean =>
  Math.abs(after - before) > smallest * Math.max(Math.abs(before), Math.abs(after))

/** The share of orders of the values whose best split is as good: exact for values whose order means nothing. */
const pValue = (values: ReadonlyArray<number>, { gain }: Split, random: Utils.PCGRandom): number => {
  // sums in another order differ in their last bits
  const asGood = gain * (1 - 1e-9)
  let better = 0
  for (let n = 1; n <= permutations; n += 1) {
    const shuffled = bestSplit(shuffle(values, random))
    if (shuffled !== undefined && shuffled.gain >= asGood) better += 1
    if (better > tolerated) break
  }
  return (1 + better) / (1 + permutations)
}

/** Fisher and Yates' shuffle of a copy. */
const shuffle = (values: ReadonlyArray<number>, random: Utils.PCGRandom): ReadonlyArray<number> => {
  const copy = [...values]
  for (let i = copy.length - 1; i > 0; i -= 1) {
    const j = random.integer(i + 1)
    const kept = copy[i] ?? 0
    copy[i] = copy[j] ?? 0
    copy[j] = kept
  }
  return copy
}

/**
 * Change points of the mean, ascending: the series is split where that explains most, if no more than 1 in 100 random orders of its
 * values can be split as well, and its parts likewise. So of 100 series without a change at most one is said to have any,
 * whatever its values are distributed like. This is the hierarchical estimation of Matteson and James, "A Nonparametric Approach for Multiple
 * Change Point Analysis of Multivariate Data" (JASA 109, 2014), with their exponent 2, which tells means apart; MongoDB looks for
 * changes in its benchmarks in this way (Daly et al., ICPE 2020). Equal series have equal changes: the orders are drawn from a fixed seed.
 */
export const changePointsOf = (values: ReadonlyArray<number>): ReadonlyArray<ChangePoint> => {
  const random = new Utils.PCGRandom(1)
  const found: Array<Pick<ChangePoint, "index" | "confidence">> = []
  const search = (from: number, to: number): void => {
    const part = values.slice(from, to)
    const split = bestSplit(part)
    if (split === undefined || !matters(mean(part.slice(0, split.at)), mean(part.slice(split.at)))) return
    const p = pValue(part, split, random)
    if (p > significance) return
    search(from, from + split.at)
    found.push({ index: from + split.at, confidence: 1 - p })
    search(from + split.at, to)
  }
  search(0, values.length)
  return settle(values, found)
}

/** A split was placed before its neighbours were known: each is placed anew between them. */
const settle = (
  values: ReadonlyArray<number>,
  found: ReadonlyArray<Pick<ChangePoint, "index" | "confidence">>
): ReadonlyArray<ChangePoint> => {
  const places = found.map(({ index }) => index)
  found.forEach((_, i) => {
    const from = places[i - 1] ?? 0
    const split = bestSplit(values.slice(from, places[i + 1] ?? values.length))
    if (split !== undefined) places[i] = from + split.at
  })
  return found.map(({ confidence }, i) => {
    const index = places[i] ?? 0
    return {
      index,
      before: mean(values.slice(places[i - 1] ?? 0, index)),
      after: mean(values.slice(index, places[i + 1] ?? values.length)),
      confidence
    }
  })
}
