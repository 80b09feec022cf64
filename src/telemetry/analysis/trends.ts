/** Measures per day, where they changed for good, and days that are far from the others. */
import * as Option from "effect/Option"
import type { Timestamp } from "../../domain/Measures.js"
import type { Provider } from "../../domain/Provider.js"
import type { Anomaly, PerformanceTrend } from "../../domain/TelemetryAnalysis.js"
import type { LedgerTotals } from "../../domain/TelemetryReport.js"
import { changePointsOf } from "./changePoints.js"
import { outliersOf } from "./outliers.js"
import { figure } from "../words.js"

export type Measure = PerformanceTrend["measure"]

/** Totals of one UTC day, as 2026-11-26. */
export interface DayTotals {
  readonly day: string
  readonly totals: LedgerTotals
}

/** What is measured of days that ascend, and whose they are: those of one model, or of all. */
export interface Days {
  readonly measures: ReadonlyArray<Measure>
  readonly provider?: Provider
  readonly model?: string
  readonly days: ReadonlyArray<DayTotals>
}

/** In milliseconds since the epoch. A day that is not wholly between is shown, and not judged by. */
export interface Span {
  readonly from: number
  readonly to: number
}

const dayMillis = 86_400_000

/** What a day says; none where it says nothing: no call is no cost of 0, and an unknown price is no cost at all. */
const valueOf: {
  readonly [Name in Measure]: (totals: LedgerTotals, ofModel: boolean) => Option.Option<number>
} = {
  cost: ({ pricingCoverage, spent }) =>
    Option.flatMap(pricingCoverage, (coverage) => (coverage > 0 ? Option.some(spent) : Option.none())),
  tokens: ({ calls, tokens }) =>
    calls === 0
      ? Option.none()
      : Option.some(
          tokens.uncachedInput + tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h + tokens.output
        ),
  "provider-hit-rate": ({ hitRates }) => hitRates.provider,
  "local-hit-rate": ({ hitRates }) => hitRates.local,
  "latency-p50": ({ latency }, ofModel) =>
    Option.map(ofModel ? latency.provider : latency.lookup, ({ p50 }) => p50)
}

const format: { readonly [Name in Measure]: (value: number) => string } = {
  cost: (value) => `USD ${value.toFixed(4)}`,
  tokens: (value) => figure(value),
  "provider-hit-rate": (value) => `${(value * 100).toFixed(1)} %`,
  "local-hit-rate": (value) => `${(value * 100).toFixed(1)} %`,
  "latency-p50": (value) => `${value.toPrecision(3)} ms`
}

const words: { readonly [Name in Measure]: (ofModel: boolean) => string } = {
  cost: () => "the cost of calls",
  tokens: () => "the tokens of calls",
  "provider-hit-rate": () => "the share of input read from the provider's cache",
  "local-hit-rate": () => "the hit rate of Aegis' own cache",
  "latency-p50": (ofModel) => (ofModel ? "the median latency of calls" : "the median latency of lookups")
}

export interface Trends {
  readonly trends: ReadonlyArray<PerformanceTrend>
  readonly anomalies: ReadonlyArray<Anomaly>
}

/** The trends of days; measures without a day that says anything are left out. */
export const trendsOf = (of: Days, span: Span): Trends => {
  const measured = of.measures.map((measure) => trendOf(measure, of, span))
  return {
    trends: measured.flatMap(({ trends }) => trends),
    anomalies: measured.flatMap(({ anomalies }) => anomalies)
  }
}

const startOf = (day: string): Timestamp => `${day}T00:00:00.000Z`

const trendOf = (measure: Measure, { days, model, provider }: Days, span: Span): Trends => {
  const ofModel = model !== undefined
  const points = days.flatMap(({ day, totals }) =>
    Option.match(valueOf[measure](totals, ofModel), {
      onNone: () => [],
      onSome: (value) => [{ at: startOf(day), value }]
    })
  )
  if (points.length === 0) return { trends: [], anomalies: [] }
  const judged = points.filter((point) => {
    const start = Date.parse(point.at)
    return start >= span.from && start + dayMillis <= span.to
  })
  const values = judged.map(({ value }) => value)
  const changes = changePointsOf(values)
  const whose = [provider, model].filter((name) => name !== undefined).join(" ")
  return {
    trends: [
      {
        measure,
        ...(provider === undefined ? {} : { provider }),
        ...(model === undefined ? {} : { model }),
        points,
        changes: changes.flatMap(({ index, ...change }) => {
          const point = judged[index]
          return point === undefined ? [] : [{ at: point.at, ...change }]
        })
      }
    ],
    anomalies: outliersOf(
      values,
      changes.map(({ index }) => index)
    ).flatMap(({ expected, index, score }) => {
      const point = judged[index]
      if (point === undefined) return []
      const { at, value } = point
      const subject = `${words[measure](ofModel)}${whose === "" ? "" : ` of ${whose}`}`
      const say = format[measure]
      return [
        {
          at,
          measure: whose === "" ? measure : `${measure} ${whose}`,
          value,
          expected,
          score,
          summary: `On ${at.slice(0, 10)} ${subject} was ${say(value)}, where ${say(expected)} is usual.`
        }
      ]
    })
  }
}
