/**
 * What the ledger says about the caches, record by record: memory grows with the days, models and prompts of a history, not with its
 * length.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Millis } from "../../domain/Measures.js"
import type { UsdDifference } from "../../domain/Money.js"
import { Provider } from "../../domain/Provider.js"
import type { AnalysisQuery, TelemetryAnalysis } from "../../domain/TelemetryAnalysis.js"
import type { TelemetryRecord } from "../../domain/TelemetryRecord.js"
import type { ReportRow } from "../../domain/TelemetryReport.js"
import * as Grouped from "../grouped.js"
import * as Sums from "../sums.js"
import { makeBlockAnalysis } from "./blocks.js"
import { makeLeading } from "./leading.js"
import { trendsOf, type Days, type Measure, type Span, type Trends } from "./trends.js"
import { makeUnusualCalls } from "./unusualCalls.js"

/** `now` is in milliseconds since the epoch: a day that is not over is not judged by. */
export interface AnalysisOptions {
  readonly now: number
}

/** Takes records in the order of their times, which are those that the query asks for. */
export interface Analysis {
  readonly add: (record: TelemetryRecord) => void
  /** What the records so far come to; more may be added after it. */
  readonly result: () => TelemetryAnalysis
}

/** What is kept of the records: their sums by day and model. */
const kept = ["day", "provider", "model"] as const

/** Scaffolds that are told apart. */
const mostScaffolds = 100

type Group = Grouped.Group

export const makeAnalysis = (query: AnalysisQuery, { now }: AnalysisOptions): Analysis => {
  const groups = Grouped.make(kept)
  const scaffolds = makeLeading(mostScaffolds)
  const blocks = makeBlockAnalysis()
  const unusual = makeUnusualCalls()
  // in microseconds, so that their sum does not depend on their order
  let took = 0

  return {
    add: (record) => {
      const { createdAt, model, operation, provider } = record
      const at = Date.parse(createdAt)
      Sums.add(groups.of({ at, operation, ...(provider && { provider }), ...(model && { model }) }), record)
      Sums.add(scaffolds.of(record.scaffoldId), record)
      blocks.add(record)
      unusual.add(record)
      took += Math.round(record.latency * 1000)
    },
    result: () => {
      const all = groups.all()
      const totals = Sums.toTotals(merged(all))
      const span: Span = {
        from: query.from === undefined ? afterFirstDay(all) : Date.parse(query.from),
        to: Math.min(now, query.to === undefined ? Infinity : Date.parse(query.to))
      }
      const { anomalies, trends } = allTrends(all, span)
      return {
        query,
        totals,
        totalCost: totals.spent,
        averageLatency:
          totals.records === 0 ? Option.none() : Option.some((took / 1000 / totals.records) as Millis), // of times that are not negative
        cacheHitRate: totals.hitRates.provider,
        costByProvider: costByProvider(all),
        byModel: rowsOf(regrouped(all, ["provider", "model"])),
        byDay: rowsOf(regrouped(all, ["day"])),
        byScaffold: scaffolds.rows(),
        blocks: blocks.result(),
        misses: [],
        performanceTrends: trends,
        anomalies: [...anomalies, ...unusual.result()],
        wasted: 0 as UsdDifference
      }
    }
  }
}

/** The analysis of records that are all there. */
export const analyzeRecords = (
  records: Iterable<TelemetryRecord>,
  query: AnalysisQuery,
  options: AnalysisOptions
): TelemetryAnalysis => {
  const analysis = makeAnalysis(query, options)
  for (const record of records) analysis.add(record)
  return analysis.result()
}

/** The analysis of records as they come. */
export const analyzeStream = <E, R>(
  records: Stream.Stream<TelemetryRecord, E, R>,
  query: AnalysisQuery,
  options: AnalysisOptions
): Effect.Effect<TelemetryAnalysis, E, R> =>
  Effect.suspend(() => {
    const analysis = makeAnalysis(query, options)
    return Effect.map(
      Stream.runForEach(records, (record) => Effect.sync(() => analysis.add(record))),
      analysis.result
    )
  })

const merged = (groups: ReadonlyArray<Group>): Sums.Sums => {
  const sums = Sums.make()
  for (const group of groups) Sums.merge(sums, group.sums)
  return sums
}

/** The same sums in fewer groups. */
const regrouped = (
  groups: ReadonlyArray<Group>,
  by: ReadonlyArray<(typeof kept)[number]>
): ReadonlyArray<Group> => {
  const made = Grouped.make(by)
  for (const { key, sums } of groups) Sums.merge(made.of(factsOf(key)), sums)
  return made.all()
}

const isProvider = Schema.is(Provider)

const factsOf = ([day = null, provider, model]: Grouped.GroupKey): Grouped.Facts => ({
  at: day === null ? 0 : Date.parse(day),
  operation: "",
  ...(isProvider(provider) ? { provider } : {}),
  ...(typeof model === "string" ? { model } : {})
})

const rowsOf = (groups: ReadonlyArray<Group>): ReadonlyArray<ReportRow> =>
  groups.map(({ key, sums }) => ({ key, totals: Sums.toTotals(sums) }))

/** Only of providers of whose calls at least one has a known price: 0 would say that the others were free. */
const costByProvider = (groups: ReadonlyArray<Group>): TelemetryAnalysis["costByProvider"] =>
  Object.fromEntries(
    rowsOf(regrouped(groups, ["provider"])).flatMap(
      ({ key: [provider], totals: { pricingCoverage, spent } }) =>
        Option.exists(pricingCoverage, (coverage) => coverage > 0)
          ? [[provider ?? "unknown", spent] as const]
          : []
    )
  )

const ofAll: ReadonlyArray<Measure> = ["cost", "tokens", "provider-hit-rate", "local-hit-rate", "latency-p50"]
const ofEach: ReadonlyArray<Measure> = ["cost", "tokens", "provider-hit-rate", "latency-p50"]
/** What of one model is not the same as of all where there is no other. */
const ofOnly: ReadonlyArray<Measure> = ["latency-p50"]

/** Of all calls together, and of each model. */
const allTrends = (groups: ReadonlyArray<Group>, span: Span): Trends => {
  const daysOf = (some: ReadonlyArray<Group>): Days["days"] =>
    rowsOf(regrouped(some, ["day"])).map(({ key: [day], totals }) => ({ day: day ?? "", totals }))
  const byModel = regrouped(groups, ["provider", "model"])
  const measures = byModel.filter(({ sums }) => sums.counts.calls > 0).length > 1 ? ofEach : ofOnly
  const models = byModel.flatMap(({ key: [provider, model] }): ReadonlyArray<Days> => {
    if (!isProvider(provider) || typeof model !== "string") return []
    const own = groups.filter(({ key }) => key[1] === provider && key[2] === model)
    return [{ measures, provider, model, days: daysOf(own) }]
  })
  const all = [{ measures: ofAll, days: daysOf(groups) }, ...models].map((days) => trendsOf(days, span))
  return {
    trends: all.flatMap(({ trends }) => trends),
    anomalies: all.flatMap(({ anomalies }) => anomalies)
  }
}

/** The ledger may have begun in the middle of its first day. */
const afterFirstDay = (groups: ReadonlyArray<Group>): number => {
  const first = groups[0]?.key[0]
  return typeof first === "string" ? Date.parse(first) + 1 : 0
}
