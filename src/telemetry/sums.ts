/**
 * What records add up to. Sums are whole numbers, money in billionths of a dollar, rounded once where a record comes in: they are the
 * same in whatever order records are added and sums are merged. They are exact up to 2^53, which is nine million dollars.
 */
import * as Option from "effect/Option"
import type { Millis, TokenCount, Usd } from "../domain/Measures.js"
import type { Money, UsdDifference } from "../domain/Money.js"
import type { TelemetryRecord } from "../domain/TelemetryRecord.js"
import type { LedgerTotals, Percentiles } from "../domain/TelemetryReport.js"
import { totalInput } from "../domain/Usage.js"
import * as Sketch from "./sketch.js"

/** What is counted. Tokens are of calls whose provider reported its usage, `reportedInput` of those that said what was cached; `nano…` are billionths of a dollar. */
export const counters = [
  "records",
  "failed",
  "hit",
  "miss",
  "follower",
  "replay",
  "bypass",
  "lookups",
  "lookupHits",
  "answers",
  "answerHits",
  "calls",
  "pricedCalls",
  "usageCalls",
  "readingCalls",
  "reportedInput",
  "uncachedInput",
  "cacheRead",
  "cacheWrite5m",
  "cacheWrite1h",
  "output",
  "reasoning",
  "nanoUncachedInput",
  "nanoCacheRead",
  "nanoCacheWrite5m",
  "nanoCacheWrite1h",
  "nanoOutput",
  "nanoSpent",
  "nanoSaved",
  "savedTokens",
  "nanoWritePremium"
] as const
export type Counter = (typeof counters)[number]

export const latencies = ["lookup", "provider", "firstToken", "total"] as const
export type Latency = (typeof latencies)[number]

/** Counts, and the latencies as sketches; a sketch is there once a latency of its kind came in. */
export interface Sums {
  readonly counts: Record<Counter, number>
  readonly latencies: { [Name in Latency]?: Sketch.Sketch }
}

export const make = (): Sums => ({
  counts: {
    records: 0,
    failed: 0,
    hit: 0,
    miss: 0,
    follower: 0,
    replay: 0,
    bypass: 0,
    lookups: 0,
    lookupHits: 0,
    answers: 0,
    answerHits: 0,
    calls: 0,
    pricedCalls: 0,
    usageCalls: 0,
    readingCalls: 0,
    reportedInput: 0,
    uncachedInput: 0,
    cacheRead: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: 0,
    reasoning: 0,
    nanoUncachedInput: 0,
    nanoCacheRead: 0,
    nanoCacheWrite5m: 0,
    nanoCacheWrite1h: 0,
    nanoOutput: 0,
    nanoSpent: 0,
    nanoSaved: 0,
    savedTokens: 0,
    nanoWritePremium: 0
  },
  latencies: {}
})

/** What is summed of a record. */
export type Summed = Omit<TelemetryRecord, "id" | "createdAt">

/** Whether its request was sent: neither kept, nor another's, nor recorded. Only calls are paid for. */
export const isCall = ({ operation, outcome }: Pick<Summed, "operation" | "outcome">): boolean =>
  operation === "execute" && (outcome === "miss" || outcome === "bypass")

/** What a server counts is not always true: a number that nothing can be added to would spoil all that is. */
const bounded = (value: number): number => Math.min(most, Math.max(-most, value))
const most = 1e15

const nano = (usd: number): number => bounded(Math.round(usd * 1e9))
const or0 = (count: Option.Option<number>): number => bounded(Option.getOrElse(count, () => 0))

export const add = (sums: Sums, record: Summed): void => {
  const { counts } = sums
  const { latencies: took, operation, outcome, saved } = record
  counts.records++
  counts[outcome]++
  if (record.error !== undefined) counts.failed++
  const shared = outcome === "hit" || outcome === "follower"
  if (operation === "resolve" && (shared || outcome === "miss")) {
    counts.lookups++
    if (shared) counts.lookupHits++
  }
  if (operation === "execute") {
    if (shared || outcome === "miss") counts.answers++
    if (shared) counts.answerHits++
    if (isCall(record)) addCall(counts, record)
  }
  if (saved !== undefined) {
    counts.savedTokens += bounded(saved.tokens)
    counts.nanoSaved += nano(Option.getOrElse(saved.cost, () => 0))
    counts.nanoWritePremium += nano(saved.writePremium ?? 0)
  }
  time(sums, "total", record.latency)
  if (took === undefined) return
  if (Option.isSome(took.lookup)) time(sums, "lookup", took.lookup.value)
  if (Option.isSome(took.provider)) time(sums, "provider", took.provider.value)
  if (Option.isSome(took.firstToken)) time(sums, "firstToken", took.firstToken.value)
}

const addCall = (counts: Sums["counts"], { cost, priced, usage }: Summed): void => {
  counts.calls++
  if (usage !== undefined) {
    // a server that does not say how much it read is not one that read nothing
    if (Option.isSome(usage.cacheRead)) {
      counts.usageCalls++
      counts.reportedInput += bounded(totalInput(usage))
    }
    if (or0(usage.cacheRead) > 0) counts.readingCalls++
    counts.uncachedInput += bounded(usage.uncachedInput)
    counts.cacheRead += or0(usage.cacheRead)
    counts.cacheWrite5m += or0(usage.cacheWrite5m)
    counts.cacheWrite1h += or0(usage.cacheWrite1h)
    counts.output += bounded(usage.output)
    counts.reasoning += or0(usage.reasoning)
  }
  if (Option.isNone(cost)) return
  counts.pricedCalls++
  const money = priced === undefined ? undefined : Option.getOrUndefined(priced.money)
  // a record without classes, as old ones are, is still spent
  if (money === undefined) counts.nanoSpent += nano(cost.value)
  else addMoney(counts, money)
}

const addMoney = (counts: Sums["counts"], money: Money): void => {
  const uncachedInput = nano(money.uncachedInput)
  const cacheRead = nano(money.cacheRead)
  const cacheWrite5m = nano(money.cacheWrite5m)
  const cacheWrite1h = nano(money.cacheWrite1h)
  const output = nano(money.output)
  counts.nanoUncachedInput += uncachedInput
  counts.nanoCacheRead += cacheRead
  counts.nanoCacheWrite5m += cacheWrite5m
  counts.nanoCacheWrite1h += cacheWrite1h
  counts.nanoOutput += output
  counts.nanoSpent += uncachedInput + cacheRead + cacheWrite5m + cacheWrite1h + output
}

const time = ({ latencies: sketches }: Sums, name: Latency, value: number): void =>
  Sketch.add((sketches[name] ??= Sketch.make()), value)

export const merge = (into: Sums, other: Sums): void => {
  for (const name of counters) into.counts[name] += other.counts[name]
  for (const name of latencies) {
    const sketch = other.latencies[name]
    if (sketch !== undefined) Sketch.merge((into.latencies[name] ??= Sketch.make()), sketch)
  }
}

export const sumOf = (records: Iterable<Summed>): Sums => {
  const sums = make()
  for (const record of records) add(sums, record)
  return sums
}

const share = (part: number, whole: number): Option.Option<number> =>
  whole === 0 ? Option.none() : Option.some(part / whole)

// counts of tokens and sums of money that are not negative, and times that a sketch took in as such
const tokens = (count: number): TokenCount => count as TokenCount
const usd = (billionths: number): Usd => (billionths / 1e9) as Usd
const millis = (value: number): Millis => value as Millis

const percentilesOf = (sketch: Sketch.Sketch | undefined): Option.Option<Percentiles> => {
  if (sketch === undefined || sketch.count === 0) return Option.none()
  const [p50 = 0, p90 = 0, p99 = 0] = Sketch.quantiles(sketch, [0.5, 0.9, 0.99])
  return Option.some({
    count: sketch.count,
    p50: millis(p50),
    p90: millis(p90),
    p99: millis(p99),
    max: millis(sketch.max)
  })
}

export const toTotals = ({ counts, latencies: sketches }: Sums): LedgerTotals => {
  return {
    records: counts.records,
    calls: counts.calls,
    failed: counts.failed,
    outcomes: {
      hit: counts.hit,
      miss: counts.miss,
      follower: counts.follower,
      replay: counts.replay,
      bypass: counts.bypass
    },
    tokens: {
      uncachedInput: tokens(counts.uncachedInput),
      cacheRead: tokens(counts.cacheRead),
      cacheWrite5m: tokens(counts.cacheWrite5m),
      cacheWrite1h: tokens(counts.cacheWrite1h),
      output: tokens(counts.output),
      reasoning: tokens(counts.reasoning)
    },
    money: {
      uncachedInput: usd(counts.nanoUncachedInput),
      cacheRead: usd(counts.nanoCacheRead),
      cacheWrite5m: usd(counts.nanoCacheWrite5m),
      cacheWrite1h: usd(counts.nanoCacheWrite1h),
      output: usd(counts.nanoOutput)
    },
    spent: usd(counts.nanoSpent),
    saved: (counts.nanoSaved / 1e9) as UsdDifference, // finite, as its parts are
    savedTokens: tokens(counts.savedTokens),
    writePremium: usd(counts.nanoWritePremium),
    pricingCoverage: share(counts.pricedCalls, counts.calls),
    hitRates: {
      local: share(counts.lookupHits, counts.lookups),
      // that no answer is ever kept is the rule, and no rate
      answers: counts.answerHits === 0 ? Option.none() : share(counts.answerHits, counts.answers),
      provider: share(counts.cacheRead, counts.reportedInput),
      providerRequests: share(counts.readingCalls, counts.usageCalls)
    },
    latency: {
      lookup: percentilesOf(sketches.lookup),
      provider: percentilesOf(sketches.provider),
      firstToken: percentilesOf(sketches.firstToken),
      total: percentilesOf(sketches.total)
    }
  }
}
