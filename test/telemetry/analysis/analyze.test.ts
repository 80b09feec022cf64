/** The analysis of records: figures by hand in both providers' conventions, and what holds of any records. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { TelemetryAnalysis } from "../../../src/domain/TelemetryAnalysis.js"
import type { TelemetryRecord } from "../../../src/domain/TelemetryRecord.js"
import type { LedgerTotals } from "../../../src/domain/TelemetryReport.js"
import { totalInput } from "../../../src/domain/Usage.js"
import { analyzeRecords, analyzeStream } from "../../../src/telemetry/analysis/analyze.js"
import { fromAnthropic, fromResponses } from "../../../src/telemetry/usage.js"
import { perMillion, readPrice } from "./support/prices.js"
import {
  anyRecords,
  day,
  difference,
  millis,
  paid,
  record,
  scaffold,
  start,
  usage
} from "./support/records.js"

const now = start + 100 * day
const analyze = (records: Iterable<TelemetryRecord>): TelemetryAnalysis =>
  analyzeRecords(records, {}, now, readPrice)

/** Half of 1000 input tokens come from the cache, in each provider's own words. */
const anthropic = record(0, {
  usage: Option.getOrThrow(
    fromAnthropic({
      input_tokens: 300,
      cache_read_input_tokens: 500,
      cache_creation_input_tokens: 200,
      cache_creation: { ephemeral_5m_input_tokens: 150, ephemeral_1h_input_tokens: 50 },
      output_tokens: 40
    })
  ),
  ...paid({
    uncachedInput: 0.0009,
    cacheRead: 0.00015,
    cacheWrite5m: 0.0005625,
    cacheWrite1h: 0.0003,
    output: 0.0006
  })
})
const openai = record(1, {
  provider: "openai",
  model: "gpt-5.6",
  usage: Option.getOrThrow(
    fromResponses({
      input_tokens: 1000,
      input_tokens_details: { cached_tokens: 500, cache_write_tokens: 200 },
      output_tokens: 40,
      output_tokens_details: { reasoning_tokens: 10 }
    })
  ),
  ...paid({ uncachedInput: 0.0006, cacheRead: 0.0001, cacheWrite5m: 0.0005, output: 0.0004 })
})

describe("analyzeRecords", () => {
  it("adds up both providers' usage in one convention", () => {
    const { byModel, cacheHitRate, costByProvider, totalCost, totals } = analyze([anthropic, openai])
    assert.deepEqual<unknown>(totals.tokens, {
      uncachedInput: 600,
      cacheRead: 1000,
      cacheWrite5m: 350,
      cacheWrite1h: 50,
      output: 80,
      reasoning: 10
    })
    assert.deepEqual(cacheHitRate, Option.some(0.5))
    assert.deepEqual(totals.hitRates.providerRequests, Option.some(1))
    assert.deepEqual<unknown>(costByProvider, { anthropic: 0.0025125, openai: 0.0016 })
    assert.strictEqual<number>(totalCost, 0.0041125)
    assert.deepEqual(
      byModel.map(({ key, totals }) => [key, totals.hitRates.provider]),
      [
        [["anthropic", "claude-sonnet-5"], Option.some(0.5)],
        [["openai", "gpt-5.6"], Option.some(0.5)]
      ]
    )
  })

  it("weighs the provider's cache by tokens, and keeps Aegis' own and kept answers apart from it", () => {
    const { totals } = analyze([
      record(0, { usage: usage({ uncachedInput: 900, cacheRead: 0 }) }),
      record(1, { usage: usage({ uncachedInput: 0, cacheRead: 100 }) }),
      record(2, {
        outcome: "hit",
        saved: { tokens: usage({ output: 70 }).output, cost: Option.some(difference(0.5)) }
      }),
      record(3, { operation: "resolve", outcome: "hit" }),
      record(4, { operation: "resolve", outcome: "follower" }),
      record(5, { operation: "resolve" }),
      record(6, { operation: "resolve", outcome: "bypass" })
    ])
    assert.deepEqual(totals.hitRates, {
      local: Option.some(2 / 3),
      answers: Option.some(1 / 3),
      provider: Option.some(0.1),
      providerRequests: Option.some(0.5)
    })
    assert.strictEqual<number>(totals.saved, 0.5)
    assert.strictEqual(totals.calls, 2)
  })

  it("says nothing of a ledger that is empty", () => {
    const empty = analyze([])
    assert.deepEqual(empty.averageLatency, Option.none())
    assert.deepEqual(empty.cacheHitRate, Option.none())
    assert.deepEqual(empty.totals.pricingCoverage, Option.none())
    assert.deepEqual(empty.totals.hitRates, {
      local: Option.none(),
      answers: Option.none(),
      provider: Option.none(),
      providerRequests: Option.none()
    })
    assert.deepEqual(empty.costByProvider, {})
    assert.deepEqual([empty.blocks, empty.misses, empty.performanceTrends, empty.anomalies], [[], [], [], []])
  })

  it("does not take a call without usage, as old records are, for one of no tokens, nor an unknown price for 0", () => {
    const { cacheHitRate, costByProvider, performanceTrends, totals } = analyze([
      record(0, { usage: usage({ uncachedInput: 100, cacheRead: 300 }) }),
      record(1)
    ])
    assert.deepEqual(cacheHitRate, Option.some(0.75))
    assert.deepEqual(totals.hitRates.providerRequests, Option.some(1))
    assert.deepEqual(totals.pricingCoverage, Option.some(0))
    assert.deepEqual(costByProvider, {})
    assert.isFalse(performanceTrends.some(({ measure }) => measure === "cost"))
  })

  it("knows no hit rate of a server that does not say how much it read", () => {
    const { cacheHitRate, totals } = analyze([record(0, { usage: usage({ uncachedInput: 100 }) })])
    assert.deepEqual(cacheHitRate, Option.none())
    assert.deepEqual(totals.hitRates.providerRequests, Option.none())
  })

  it("shows how many of the calls have a known price", () => {
    const { totals } = analyze([anthropic, openai, record(2), record(3, { operation: "resolve" })])
    assert.deepEqual(totals.pricingCoverage, Option.some(2 / 3))
  })

  it("averages latencies, and has percentiles right to 1 %", () => {
    const { averageLatency, totals } = analyze(
      Array.from({ length: 101 }, (_, i) => record(i, { latency: millis(i + 100) }))
    )
    assert.deepEqual<unknown>(averageLatency, Option.some(150))
    const total = Option.getOrThrow(totals.latency.total)
    assert.approximately(total.p50, 150, 1.5)
    assert.approximately(total.p99, 199, 2)
    assert.strictEqual<number>(total.max, 200)
  })

  it("tells 100 scaffolds apart, those on which most was spent, and sums up the others", () => {
    const records = Array.from({ length: 500 }, (_, i) =>
      record(i, { scaffoldId: scaffold(`${i}`), ...paid({ output: i === 0 ? 1000 : i }) })
    )
    const { byScaffold, totals } = analyze(records)
    assert.strictEqual(byScaffold.length, 101)
    assert.deepEqual(byScaffold[0]?.key, [scaffold("0")])
    assert.deepEqual(byScaffold.at(-1)?.key, [null])
    assert.strictEqual(
      byScaffold.reduce((sum, row) => sum + row.totals.records, 0),
      totals.records
    )
  })

  it("finds the day on which a clock broke the cache", () => {
    const records = Array.from({ length: 20 }, (_, i) => {
      const warm = i < 12
      return record(i * day, {
        usage: usage({ uncachedInput: (warm ? 100 : 900) + i, cacheRead: warm ? 900 : 100, output: 10 }),
        ...paid({ uncachedInput: warm ? 0.1 : 0.9, output: 0.2 + i / 1000 })
      })
    })
    const { performanceTrends } = analyze(records)
    const changes = performanceTrends.flatMap(({ changes, measure }) =>
      changes.map(({ at, confidence }) => [measure, at, confidence > 0.99])
    )
    const at = new Date(start + 12 * day).toISOString()
    assert.deepEqual(changes, [
      ["cost", at, true],
      ["provider-hit-rate", at, true]
    ])
  })

  it("finds the day that cost ten times as much, but not in days that are not over", () => {
    const days = Array.from({ length: 15 }, (_, i) =>
      record(i * day, { ...paid({ output: i === 9 || i === 14 || i === 0 ? 10 : 1 }) })
    )
    const { anomalies } = analyzeRecords(days, {}, start + 14 * day + 1000, readPrice)
    assert.deepEqual(
      anomalies.map(({ at, expected, measure, summary, value }) => ({
        at,
        expected,
        measure,
        summary,
        value
      })),
      [
        {
          at: "2026-11-11T00:00:00.000Z",
          expected: 1,
          measure: "cost",
          summary: "On 2026-11-11 the cost of calls was USD 10.0000, where USD 1.0000 is usual.",
          value: 10
        }
      ]
    )
  })

  it.prop("is what its schema says, of any records", [anyRecords], ([records]) => {
    const analysis = analyze(records)
    assert.isTrue(Schema.is(TelemetryAnalysis)(analysis))
    assert.deepEqual(
      Schema.decodeUnknownSync(TelemetryAnalysis)(Schema.encodeSync(TelemetryAnalysis)(analysis)),
      analysis
    )
  })

  it.prop("has totals that do not depend on the order of records", [anyRecords], ([records]) => {
    const forward = analyze(records)
    const backward = analyze(records.toReversed())
    for (const part of [
      "totals",
      "averageLatency",
      "costByProvider",
      "byModel",
      "byDay",
      "byScaffold"
    ] as const) {
      assert.deepEqual<unknown>(backward[part], forward[part])
    }
  })

  it.prop("has parts that sum to the whole, money to the billionth", [anyRecords], ([records]) => {
    const { byDay, byModel, byScaffold, totals } = analyze(records)
    const nano = (amount: number): number => Math.round(amount * 1e9)
    const figures: ReadonlyArray<(totals: LedgerTotals) => number> = [
      ({ records }) => records,
      ({ calls }) => calls,
      ({ tokens }) => tokens.cacheRead,
      ({ spent }) => nano(spent),
      ({ saved }) => nano(saved),
      ({ money }) => nano(money.cacheWrite5m)
    ]
    for (const figure of figures) {
      for (const rows of [byDay, byModel, byScaffold]) {
        assert.strictEqual(
          rows.reduce((sum, row) => sum + figure(row.totals), 0),
          figure(totals)
        )
      }
    }
    const { cacheRead, cacheWrite1h, cacheWrite5m, output, uncachedInput } = totals.money
    assert.strictEqual(
      [cacheRead, cacheWrite1h, cacheWrite5m, output, uncachedInput].reduce(
        (sum, amount) => sum + nano(amount),
        0
      ),
      nano(totals.spent)
    )
  })

  it.effect.prop(
    "says the same of records that come as a stream",
    [anyRecords],
    ([records]) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(now)
        const streamed = yield* analyzeStream(Stream.fromIterable(records), {}, (_provider, _model, usage) =>
          Effect.succeed(Option.some((totalInput(usage) * perMillion.cacheRead) / 1e6))
        )
        assert.deepEqual(streamed, analyze(records))
      }),
    { fastCheck: { numRuns: 20 } }
  )

  it("keeps no more of a long history than of a short one with as many days", () => {
    const records = (length: number) =>
      function* (): Generator<TelemetryRecord> {
        for (let i = 0; i < length; i += 1) {
          yield record((i * 14 * day) / length, { scaffoldId: scaffold(`${i % 3000}`) })
        }
      }
    const size = (length: number): number => JSON.stringify(analyze(records(length)())).length
    assert.isBelow(size(20_000), 1.1 * size(5000))
  })
})

describe("FastCheck's records", () => {
  it("are such that something is measured", () => {
    const drawn = FastCheck.sample(anyRecords, { numRuns: 50, seed: 1 })
    assert.isTrue(drawn.some((records) => Option.isSome(analyze(records).cacheHitRate)))
    assert.isTrue(drawn.some((records) => analyze(records).blocks.length > 3))
  })
})
