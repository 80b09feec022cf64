/** Single calls that cost or took far more than calls of their model do. */
import * as Option from "effect/Option"
import type { Anomaly } from "../../domain/TelemetryAnalysis.js"
import type { TelemetryRecord } from "../../domain/TelemetryRecord.js"
import * as Sketch from "../sketch.js"
import { isCall } from "../sums.js"
import { figure } from "../words.js"

/** A call that is among the greatest so far. */
interface Kept {
  readonly id: string
  readonly at: string
  readonly value: number
}

interface Values {
  readonly measure: keyof typeof measures
  readonly whose: string
  readonly sketch: Sketch.Sketch
  /** The greatest first. */
  greatest: ReadonlyArray<Kept>
}

export interface UnusualCalls {
  readonly add: (record: TelemetryRecord) => void
  /** The latest first. */
  readonly result: () => ReadonlyArray<Anomaly>
}

const measures = {
  "call-cost": {
    of: ({ cost }: TelemetryRecord): Option.Option<number> => cost,
    say: (value: number) => `cost USD ${value.toFixed(4)}`
  },
  "call-latency": {
    of: ({ latencies }: TelemetryRecord): Option.Option<number> =>
      latencies === undefined ? Option.none() : latencies.provider,
    say: (value: number) => `took ${figure(value)} ms`
  }
} as const

/** Told of each measure and model. */
const most = 3
/** Of fewer calls it is not known what is usual. */
const fewest = 20
/** In standard deviations, as for days (outliers.ts). */
const threshold = 3.5
/** Less than twice what is usual is not unusual. */
const leastRatio = 2
/** The distance of the quartiles of a normal distribution in standard deviations. */
const quartiles = 1.349

/**
 * A call is unusual where the logarithm of its value is more standard deviations above the median than the greatest of so many normal
 * ones is, sqrt(2 ln n) (the universal threshold of Donoho and Johnstone, "Ideal Spatial Adaptation by Wavelet Shrinkage", Biometrika 81,
 * 1994): costs and times are products, and among a million calls some are far off by chance. The deviation is that of the quartiles.
 */
export const makeUnusualCalls = (): UnusualCalls => {
  const kept = new Map<string, Values>()
  const valuesFor = (measure: Values["measure"], whose: string): Values => {
    const key = `${measure} ${whose}`
    const known = kept.get(key)
    if (known !== undefined) return known
    const made: Values = { measure, whose, sketch: Sketch.make(), greatest: [] }
    kept.set(key, made)
    return made
  }
  const add = (record: TelemetryRecord, measure: Values["measure"]): void => {
    const value = Option.getOrElse(measures[measure].of(record), () => 0)
    if (value <= 0) return
    const values = valuesFor(measure, [record.provider, record.model].filter(Boolean).join(" "))
    Sketch.add(values.sketch, value)
    const least = values.greatest.at(most - 1)
    if (least !== undefined && value <= least.value) return
    values.greatest = [...values.greatest, { id: record.id, at: record.createdAt, value }]
      .sort((a, b) => b.value - a.value)
      .slice(0, most)
  }
  return {
    add: (record) => {
      if (!isCall(record) || record.error !== undefined) return
      add(record, "call-cost")
      add(record, "call-latency")
    },
    result: () =>
      [...kept.values()]
        .flatMap(unusual)
        .sort((a, b) => (a.at === b.at ? b.score - a.score : a.at < b.at ? 1 : -1))
  }
}

const unusual = ({ greatest, measure, sketch, whose }: Values): ReadonlyArray<Anomaly> => {
  if (sketch.count < fewest) return []
  const [lower = 0, expected = 0, upper = 0] = Sketch.quantiles(sketch, [0.25, 0.5, 0.75])
  const spread = Math.max(Math.log(upper / lower) / quartiles, Math.log(leastRatio) / threshold)
  const limit = Math.max(threshold, Math.sqrt(2 * Math.log(sketch.count)))
  const { say } = measures[measure]
  return greatest.flatMap(({ at, id, value }) => {
    const score = Math.log(value / expected) / spread
    return score > limit
      ? [
          {
            at,
            measure: `${measure} ${whose}`,
            value,
            expected,
            score,
            summary: `A call of ${whose} ${say(value)}, where one usually ${say(expected)} (record ${id}).`
          }
        ]
      : []
  })
}
