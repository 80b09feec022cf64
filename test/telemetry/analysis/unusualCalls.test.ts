import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import type { Anomaly } from "../../../src/domain/TelemetryAnalysis.js"
import { makeUnusualCalls } from "../../../src/telemetry/analysis/unusualCalls.js"
import { millis, paid, record } from "./support/records.js"

const unusual = (costs: Iterable<number>): ReadonlyArray<Anomaly> => {
  const calls = makeUnusualCalls()
  let i = 0
  for (const output of costs) calls.add(record(i++, paid({ output })))
  return calls.result()
}

/** Costs whose logarithm is normal: the sum of twelve uniform numbers. */
const cost = FastCheck.array(FastCheck.double({ min: -0.5, max: 0.5, noNaN: true }), {
  minLength: 12,
  maxLength: 12
}).map((values) => 0.01 * Math.exp(0.7 * values.reduce((sum, value) => sum + value, 0)))

describe("unusual calls", () => {
  it("names the call that cost a hundred times as much, and what is usual", () => {
    const costs = [...Array.from({ length: 50 }, (_, i) => 0.01 + (i % 5) / 1000), 1.2]
    const [anomaly, ...others] = unusual(costs)
    assert.deepEqual(others, [])
    assert.isDefined(anomaly)
    assert.strictEqual(anomaly.measure, "call-cost anthropic claude-sonnet-5")
    assert.strictEqual(anomaly.value, 1.2)
    assert.approximately(anomaly.expected, 0.012, 0.00012)
    assert.strictEqual(
      anomaly.summary,
      `A call of anthropic claude-sonnet-5 cost USD 1.2000, where one usually cost USD ${anomaly.expected.toFixed(4)} (record ${record(50).id}).`
    )
  })

  it("sees long waits, too", () => {
    const calls = makeUnusualCalls()
    for (let i = 0; i < 60; i += 1) {
      calls.add(
        record(i, {
          latencies: {
            lookup: Option.none(),
            provider: Option.some(millis(i === 30 ? 90_000 : 1000 + i)),
            firstToken: Option.none()
          }
        })
      )
    }
    assert.deepEqual(
      calls.result().map(({ measure, value }) => [measure, value]),
      [["call-latency anthropic claude-sonnet-5", 90_000]]
    )
  })

  it("finds none where all are alike, where there are few, or where a call is not twice as dear", () => {
    const alike = Array.from({ length: 100 }, () => 0.5)
    assert.deepEqual(unusual(alike), [])
    assert.deepEqual(unusual([...alike, 0.95]), [])
    assert.deepEqual(unusual([0.01, 0.01, 0.01, 100]), [])
    assert.strictEqual(unusual([...alike, 1.1]).length, 1)
  })

  it("seldom finds any in long-tailed costs without one, however many they are", () => {
    const ledgers = Array.from({ length: 20 }, (_, seed) => FastCheck.sample(cost, { numRuns: 2000, seed }))
    assert.isAtMost(ledgers.filter((costs) => unusual(costs).length > 0).length, 4)
  })
})
