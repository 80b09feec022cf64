/**
 * What the ledger says about the caches, record by record: memory grows with the days, models and prompts of a history, not with its
 * length.
 */
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Millis } from "../../domain/Measures.js"
import { Provider } from "../../domain/Provider.js"
import type { AnalysisQuery, TelemetryAnalysis } from "../../domain/TelemetryAnalysis.js"
import type { TelemetryRecord } from "../../domain/TelemetryRecord.js"
import type { ReportRow } from "../../domain/TelemetryReport.js"
import { totalInput, type Usage } from "../../domain/Usage.js"
import { tokens } from "../../prompt/render/tokens.js"
import * as Grouped from "../grouped.js"
import * as Sums from "../sums.js"
import { makeBlockAnalysis } from "./blocks.js"
import { makeLeading } from "./leading.js"
import { makeMissAnalysis, type ReadPrice } from "./misses.js"
import { trendsOf, type Days, type Measure, type Span, type Trends } from "./trends.js"
import { makeUnusualCalls } from "./unusualCalls.js"

/** Takes records in the order of their times, which are those that the query asks for. */
export interface Analysis {
  readonly add: (record: TelemetryRecord) => void
  /** The providers and models so far. */
  readonly models: () => ReadonlyArray<Model>
  /**
   * What all records come to at `now`, in milliseconds since the epoch: a day that is not over is not judged by. Nothing can be added
   * after it.
   */
  readonly result: (now: number, readPrice: ReadPrice) => TelemetryAnalysis
}

export interface Model {
  readonly provider: Provider
  readonly model: string
}

/** What is kept of the records: their sums by day and model. */
const kept = ["day", "provider", "model"] as const

/** Scaffolds that are told apart. */
const mostScaffolds = 100

type Group = Grouped.Group

export const makeAnalysis = (query: AnalysisQuery): Analysis => {
  const groups = Grouped.make(kept)
  const scaffolds = makeLeading(mostScaffolds)
  const blocks = makeBlockAnalysis()
  const unusual = makeUnusualCalls()
  const missed = makeMissAnalysis()
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
      missed.add(record, at)
      took += Math.round(record.latency * 1000)
    },
    models: () => modelsOf(groups.all()),
    result: (now, readPrice) => {
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
        performanceTrends: trends,
        anomalies: [...anomalies, ...unusual.result()],
        ...missed.result(readPrice)
      }
    }
  }
}

/** The analysis of records that are all there. */
export const analyzeRecords = (
  records: Iterable<TelemetryRecord>,
  query: AnalysisQuery,
  now: number,
  readPrice: ReadPrice
): TelemetryAnalysis => {
  const analysis = makeAnalysis(query)
  for (const record of records) analysis.add(record)
  return analysis.result(now, readPrice)
}

/** A request that is all read from the cache, and of a usual length: longer ones may have other prices. */
const allRead: Usage = {
  uncachedInput: tokens(0),
  cacheRead: Option.some(tokens(100_000)),
  cacheWrite5m: Option.none(),
  cacheWrite1h: Option.none(),
  output: tokens(0),
  reasoning: Option.none()
}

/** The analysis of records as they come, by the clock. `price` is what a usage costs in USD, as a price list says. */
export const analyzeStream = <E, R, E2, R2>(
  records: Stream.Stream<TelemetryRecord, E, R>,
  query: AnalysisQuery,
  price: (provider: Provider, model: string, usage: Usage) => Effect.Effect<Option.Option<number>, E2, R2>
): Effect.Effect<TelemetryAnalysis, E | E2, R | R2> =>
  Effect.gen(function* () {
    const analysis = makeAnalysis(query)
    yield* Stream.runForEachChunk(records, (chunk) => Effect.sync(() => Chunk.forEach(chunk, analysis.add)))
    const prices = new Map<string, Option.Option<number>>()
    for (const { model, provider } of analysis.models()) {
      const all = yield* price(provider, model, allRead)
      prices.set(
        `${provider} ${model}`,
        Option.map(all, (usd) => usd / totalInput(allRead))
      )
    }
    return analysis.result(
      yield* Clock.currentTimeMillis,
      (provider, model) => prices.get(`${provider} ${model}`) ?? Option.none()
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

const modelsOf = (groups: ReadonlyArray<Group>): ReadonlyArray<Model> =>
  regrouped(groups, ["provider", "model"]).flatMap(({ key: [provider, model] }) =>
    isProvider(provider) && typeof model === "string" ? [{ provider, model }] : []
  )

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
  const models = modelsOf(groups).map(({ model, provider }): Days => {
    const own = groups.filter(({ key }) => key[1] === provider && key[2] === model)
    return { measures, provider, model, days: daysOf(own) }
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
