/** Measurements added up until they are sent, as OTLP's metrics (opentelemetry/proto/metrics/v1/metrics.proto). */
import type { KeyValue } from "@effect/opentelemetry/OtlpResource"
import type { Instrument, Measurement } from "../../src/telemetry/metrics.js"
import { keyValues } from "./values.js"

interface Point {
  readonly attributes: Array<KeyValue>
  count: number
  sum: number
  min: number
  max: number
  readonly buckets: Array<number>
}

interface Series {
  readonly instrument: Instrument
  readonly points: Map<string, Point>
}

export interface Counts {
  readonly add: (measurement: Measurement) => void
  /** The metrics so far, and whether there are any. `now` is in nanoseconds since the epoch. */
  readonly snapshot: (now: bigint) => ReadonlyArray<unknown>
}

/** Of `AggregationTemporality`. */
const temporalities = { delta: 1, cumulative: 2 } as const

const makePoint = (instrument: Instrument, { attributes }: Measurement): Point => ({
  attributes: keyValues(Object.entries(attributes)),
  count: 0,
  sum: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  buckets:
    instrument.kind === "histogram" ? Array.from({ length: instrument.boundaries.length + 1 }, () => 0) : []
})

/** A bucket ends with its boundary, which belongs to it. */
const bucketOf = (boundaries: ReadonlyArray<number>, value: number): number => {
  const found = boundaries.findIndex((boundary) => value <= boundary)
  return found === -1 ? boundaries.length : found
}

/** With `delta`, what was shown is forgotten; what is sent then counts from the last time on. */
export const makeCounts = (temporality: keyof typeof temporalities, from: bigint): Counts => {
  let since = from
  let all = new Map<string, Series>()

  const add = (measurement: Measurement): void => {
    const { attributes, instrument, value } = measurement
    let series = all.get(instrument.name)
    if (series === undefined) all.set(instrument.name, (series = { instrument, points: new Map() }))
    const key = JSON.stringify(attributes)
    let point = series.points.get(key)
    if (point === undefined) series.points.set(key, (point = makePoint(instrument, measurement)))
    point.count += 1
    point.sum += value
    point.min = Math.min(point.min, value)
    point.max = Math.max(point.max, value)
    if (instrument.kind === "histogram") {
      const bucket = bucketOf(instrument.boundaries, value)
      point.buckets[bucket] = (point.buckets[bucket] ?? 0) + 1
    }
  }

  const metricOf = ({ instrument, points }: Series, now: bigint): unknown => {
    const { description, name, unit } = instrument
    const times = { startTimeUnixNano: String(since), timeUnixNano: String(now) }
    const aggregationTemporality = temporalities[temporality]
    const each = <A>(make: (point: Point) => A): ReadonlyArray<A> => [...points.values()].map(make)
    return instrument.kind === "counter"
      ? {
          name,
          unit,
          description,
          sum: {
            aggregationTemporality,
            isMonotonic: true,
            dataPoints: each(({ attributes, sum }) => ({
              attributes,
              ...times,
              // money is a double even where it is whole
              ...(unit === "{USD}" ? { asDouble: sum } : { asInt: sum })
            }))
          }
        }
      : {
          name,
          unit,
          description,
          histogram: {
            aggregationTemporality,
            dataPoints: each(({ attributes, buckets, count, max, min, sum }) => ({
              attributes,
              ...times,
              count,
              sum,
              min,
              max,
              bucketCounts: [...buckets],
              explicitBounds: instrument.boundaries
            }))
          }
        }
  }

  return {
    add,
    snapshot: (now) => {
      const shown = [...all.values()].map((series) => metricOf(series, now))
      if (temporality === "delta") {
        all = new Map()
        since = now
      }
      return shown
    }
  }
}
