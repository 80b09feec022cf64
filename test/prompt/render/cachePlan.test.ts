import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { totalInput, type Usage } from "../../../src/domain/Usage.js"
import { localFacts } from "../../../src/prompt/models/local.js"
import type { ModelFacts } from "../../../src/prompt/models/ModelFacts.js"
import { cachePlanOf, cacheWarnings, plannedUsage } from "../../../src/prompt/render/cachePlan.js"
import { tokens } from "../../../src/prompt/render/tokens.js"

const marked: ModelFacts = { ...localFacts, caching: "marked", minimumCacheTokens: 1024 }
const automatic: ModelFacts = { ...localFacts, minimumCacheTokens: 1024 }
const mark = (block: number, count: number, ttl: string) => ({ block, tokens: tokens(count), ttl })

/** Uncached, read, written for less than an hour, written for an hour. */
const classes = (usage: Usage) => [
  usage.uncachedInput,
  ...[usage.cacheRead, usage.cacheWrite5m, usage.cacheWrite1h].map((count) =>
    Option.getOrElse(count, () => -1)
  )
]
const codes = (facts: ModelFacts, stable: number, types: Parameters<typeof cacheWarnings>[3]) =>
  cacheWarnings("m", facts, cachePlanOf(facts, [], types.indexOf("context"), stable), types).map(
    ({ code }) => code
  )

describe("a cache plan", () => {
  it("splits the first request by times to live and reads up to the last mark afterwards", () => {
    const plan = cachePlanOf(marked, [mark(0, 1100, "1h"), mark(1, 2000, "1h"), mark(2, 5000, "5m")], 3, 5000)
    const { uncached, cold, warm } = plannedUsage(plan, tokens(6000))
    assert.strictEqual(plan.mode, "breakpoints")
    assert.deepStrictEqual(classes(uncached), [6000, 0, 0, 0])
    assert.deepStrictEqual(classes(cold), [1000, 0, 3000, 2000])
    assert.deepStrictEqual(classes(warm), [1000, 5000, 0, 0])
  })

  it("without marks caches nothing, and costs the same each time", () => {
    const plan = cachePlanOf(marked, [], 2, 500)
    const { uncached, cold, warm } = plannedUsage(plan, tokens(900))
    assert.strictEqual(plan.mode, "none")
    assert.deepStrictEqual([classes(cold), classes(warm)], [classes(uncached), classes(uncached)])
  })

  it("of a provider that caches by itself pays no write and reads the stable prefix", () => {
    const { cold, warm } = plannedUsage(cachePlanOf(automatic, [], 2, 1024), tokens(3000))
    assert.deepStrictEqual(classes(cold), [3000, 0, 0, 0])
    assert.deepStrictEqual(classes(warm), [1976, 1024, 0, 0])
  })

  it("expects nothing of an automatic cache below its minimum", () => {
    const { warm } = plannedUsage(cachePlanOf(automatic, [], 2, 1023), tokens(3000))
    assert.deepStrictEqual(classes(warm), [3000, 0, 0, 0])
  })

  it("of a model without a cache is none", () => {
    assert.strictEqual(cachePlanOf({ ...automatic, caching: "none" }, [], 2, 5000).mode, "none")
  })

  it("never loses or invents a token", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(FastCheck.nat(5000), { maxLength: 4 }),
        FastCheck.nat(5000),
        FastCheck.constantFrom(marked, automatic),
        (sizes, rest, facts) => {
          let sum = 0
          const marks = sizes.map((size, i) => mark(i, (sum += size), i < 2 ? "1h" : "5m"))
          const total = tokens(sum + rest)
          const planned = plannedUsage(cachePlanOf(facts, marks, marks.length, sum), total)
          for (const usage of [planned.uncached, planned.cold, planned.warm]) {
            assert.strictEqual(totalInput(usage), total)
            assert.isTrue(classes(usage).every((count) => count >= 0))
          }
        }
      )
    )
  })
})

describe("cache warnings", () => {
  it("tell when the stable prefix is too short to be kept", () => {
    assert.deepStrictEqual(codes(marked, 1023, ["requirements", "context"]), ["below-minimum"])
    assert.deepStrictEqual(codes(marked, 1024, ["requirements", "context"]), [])
    assert.deepStrictEqual(codes(automatic, 10, ["requirements", "context"]), ["below-minimum"])
  })

  it("tell when nobody knows how short is too short", () => {
    const facts = { ...marked, minimumCacheTokens: null }
    assert.deepStrictEqual(codes(facts, 10, ["requirements", "context"]), ["minimum-unknown"])
  })

  it("tell when something that changes stands before something that does not", () => {
    assert.deepStrictEqual(codes(marked, 2000, ["requirements", "context", "file_map"]), [
      "volatile-before-stable"
    ])
    assert.deepStrictEqual(codes(marked, 0, ["context", "requirements"]), ["volatile-before-stable"])
  })

  it("say nothing about a prompt that has nothing to keep", () => {
    assert.deepStrictEqual(codes(marked, 0, ["context"]), [])
  })
})
