/** The whole analysis on a history that everybody has had: a clock before the style guide. */
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import type { ProviderRequest } from "../../../src/domain/ProviderRequest.js"
import type { TelemetryRecord } from "../../../src/domain/TelemetryRecord.js"
import { analyzeRecords } from "../../../src/telemetry/analysis/analyze.js"
import { isPredicted, makeHistory } from "../../../src/telemetry/simulator/simulate.js"
import { readPrice, used } from "./support/prices.js"
import { day, record, request, start } from "./support/records.js"

const days = 14
const callsADay = 20
const minute = 60_000
const broken = 8

/** From day 8 on the second block tells the time. Twenty calls a day, a minute apart, each with a question of its own. */
const requests: ReadonlyArray<ProviderRequest> = Array.from({ length: days * callsADay }, (_, i) => {
  const today = Math.floor(i / callsADay)
  const at = today * day + (i % callsADay) * minute
  return request(
    at,
    [
      ["requirements", "rules", 2000],
      ["style_guide", today < broken ? "no clock" : `at ${at}`, 50],
      ["style_guide", "guide", 3000],
      ["context", `question ${i}`, 100]
    ],
    {
      mode: "breakpoints",
      marks: [
        { block: 0, ttl: "5m" },
        { block: 2, ttl: "5m" }
      ]
    }
  )
})

/** The calls as their provider would count them. */
const records = (): ReadonlyArray<TelemetryRecord> => {
  const history = makeHistory()
  return requests.map((sent) => {
    const outcome = history(sent)
    assert.isTrue(isPredicted(outcome))
    const { read, uncached, written } = outcome as Extract<typeof outcome, { read: number }> // as just asserted
    return record(sent.sentAt - start, {
      request: sent,
      ...used({ uncachedInput: uncached, cacheRead: read, cacheWrite5m: written["5m"], output: 50 })
    })
  })
}

describe("a clock before the style guide", () => {
  const analysis = analyzeRecords(records(), {}, start + 30 * day, readPrice)

  it("is found on its day, in the hit rate and in the cost", () => {
    const at = new Date(start + broken * day).toISOString()
    const changes = analysis.performanceTrends
      .filter(({ measure }) => measure === "provider-hit-rate" || measure === "cost")
      .flatMap(({ changes }) => changes.map((change) => change.at))
    assert.deepEqual(changes, [at, at])
    assert.deepEqual(analysis.anomalies, [])
  })

  it("is named as the block that changed, with what the calls would have read without it", () => {
    const clock = analysis.misses.find(({ reason }) => reason === "changed")
    assert.deepEqual<unknown>(clock?.block, { index: 1, type: "style_guide" })
    // all calls since, but for the first of each day, which found nothing
    const spoiled = (days - broken) * (callsADay - 1)
    assert.isAtLeast(clock?.calls ?? 0, spoiled)
    // 3000 tokens of the guide were written instead of read in each
    const least = (spoiled * 3000 * (3.75 - 0.3)) / 1e6
    assert.isAtLeast(analysis.wasted, 0.95 * least)
    assert.isAtMost(analysis.wasted, Option.getOrThrow(clock?.cost ?? Option.none()) * 1.5)
  })

  it("is the volatile one of the blocks that should not be", () => {
    const volatile = analysis.blocks
      .filter(({ scaffoldId, type }) => scaffoldId !== undefined && type === "style_guide")
      .map(({ tokens, volatility }) => [tokens, volatility.toFixed(2)])
    const changed = (days - broken) * callsADay
    assert.deepEqual<unknown>(volatile, [
      [3000 * days * callsADay, "0.00"],
      [50 * days * callsADay, (changed / (days * callsADay - 1)).toFixed(2)]
    ])
  })
})
