import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { checksOf } from "../../../src/cli/ci/performanceChecks.js"
import { ciThresholds } from "../../../src/domain/CiSettings.js"
import { analysis } from "./support/analysis.js"

const states = (...[given, settings]: Parameters<typeof shown>): ReadonlyArray<string> =>
  shown(given, settings).map(({ state }) => state)
const shown = (
  given: Parameters<typeof analysis>[0],
  settings: Parameters<typeof ciThresholds>[0] = {}
): ReturnType<typeof checksOf> => checksOf(analysis(given), ciThresholds(settings))

describe("the thresholds of performance", () => {
  it("pass above 80 % and below 100 ms, and at neither limit", () => {
    assert.deepStrictEqual(states({ provider: 0.81, p99: 99 }), ["passed", "passed"])
    assert.deepStrictEqual(states({ provider: 0.8, p99: 100 }), ["failed", "failed"])
    assert.include(
      shown({ p99: 0 }).map(({ figure }) => figure),
      "p99 0 ms of 10 lookups"
    )
  })

  it("are unknown where nothing was recorded, with the reason", () => {
    const checks = shown({})
    assert.deepStrictEqual(
      checks.map(({ figure, state }) => [state, figure]),
      [
        ["unknown", "the ledger has no call to a provider"],
        ["unknown", "the ledger has no lookup"]
      ]
    )
  })

  it("look at the cache that the settings name", () => {
    assert.deepStrictEqual(states({ provider: 0.1, local: 0.9 }, { hitRateOf: "local" }), [
      "passed",
      "unknown"
    ])
    assert.deepStrictEqual(states({ provider: 0.9, local: 0.1 }, { hitRateOf: "local" }), [
      "failed",
      "unknown"
    ])
  })

  it("never show a rate that is not above the limit as if it were", () => {
    const [hitRate] = shown({ provider: 0.7999999 })
    assert.strictEqual(hitRate?.figure, "79.99 % of input tokens read from the provider's cache")
    assert.strictEqual(hitRate?.threshold, "above 80 %")
  })

  it("say what to do exactly where they do not pass", () => {
    const rate = FastCheck.option(FastCheck.double({ min: 0, max: 1, noNaN: true }), { nil: undefined })
    const p99 = FastCheck.option(FastCheck.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined })
    FastCheck.assert(
      FastCheck.property(rate, p99, (provider, latency) => {
        for (const check of shown({ provider, p99: latency })) {
          assert.strictEqual(check.remedy === undefined, check.state === "passed")
        }
      })
    )
  })
})
