/** What an operation adds to the metrics: what was spent, what was saved, and neither twice. */
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import type { ScaffoldId } from "../../src/domain/Ids.js"
import type { Millis, TokenCount, Usd } from "../../src/domain/Measures.js"
import type { UsdDifference } from "../../src/domain/Money.js"
import type { TelemetryEvent } from "../../src/services/Telemetry.js"
import { type Dialect, dialects } from "../../src/telemetry/dialect.js"
import { makeMeasure } from "../../src/telemetry/metrics.js"

// figures that are what their brands say
const tokens = (count: number): TokenCount => count as TokenCount
const usd = (amount: number): Usd => amount as Usd

const called: TelemetryEvent = {
  at: 0,
  scaffoldId: "5608cfab-69c8-5411-a17c-6dc96433b23b" as ScaffoldId, // is one
  operation: "execute",
  outcome: "miss",
  provider: "anthropic",
  model: "claude-sonnet-5",
  tokenCount: tokens(1150),
  cost: Option.some(usd(0.02)),
  latency: 1500 as Millis,
  cacheHit: false,
  usage: {
    uncachedInput: tokens(100),
    cacheRead: Option.some(tokens(900)),
    cacheWrite5m: Option.some(tokens(40)),
    cacheWrite1h: Option.some(tokens(10)),
    output: tokens(100),
    reasoning: Option.none()
  },
  saved: { tokens: tokens(900), cost: Option.some(0.05 as UsdDifference) }
}

const seen = (dialect: Dialect, event: TelemetryEvent) =>
  makeMeasure(dialect)(event).map(({ attributes, instrument, value }) => [
    instrument.name,
    value,
    Object.values(attributes).join(" ")
  ])

const whose = "anthropic claude-sonnet-5"

describe("a call", () => {
  it("is counted in the established names by type, with cached tokens in the input", () => {
    for (const dialect of ["established", "langfuse"] as const) {
      const system = dialect === "established" ? " anthropic" : ""
      assert.deepStrictEqual(seen(dialect, called), [
        ["aegis.cache.requests", 1, "answer miss"],
        ["aegis.cache.saved_tokens", 900, whose],
        ["aegis.cost.usd", 0.05, `${whose} saved`],
        ["gen_ai.client.operation.duration", 1.5, `chat ${whose}${system}`],
        ["aegis.cost.usd", 0.02, `${whose} spent`],
        ["gen_ai.client.token.usage", 1050, `chat ${whose}${system} input`],
        ["gen_ai.client.token.usage", 100, `chat ${whose}${system} output`]
      ])
    }
  })

  it("is counted in the newest names by class", () => {
    assert.deepStrictEqual(seen("latest", called).slice(3), [
      ["gen_ai.client.inference.duration", 1.5, `chat ${whose}`],
      ["aegis.cost.usd", 0.02, `${whose} spent`],
      ["gen_ai.client.inference.usage.input_tokens", 1050, `chat ${whose}`],
      ["gen_ai.client.inference.usage.output_tokens", 100, `chat ${whose}`],
      ["gen_ai.client.inference.usage.cache_read.input_tokens", 900, `chat ${whose}`],
      ["gen_ai.client.inference.usage.cache_write.input_tokens", 50, `chat ${whose}`]
    ])
  })

  it("that failed has a duration with its error, and no tokens", () => {
    const { usage: _, saved: __, ...rest } = called
    const failed = { ...rest, cost: Option.none(), error: "Overloaded" }
    assert.deepStrictEqual(seen("latest", failed), [
      ["aegis.cache.requests", 1, "answer miss"],
      ["gen_ai.client.inference.duration", 1.5, `chat ${whose} Overloaded`]
    ])
  })

  it("has what it saved before what writing cost more, and that beside it: the difference is net", () => {
    const saved = { tokens: tokens(1), cost: Option.some(0.5 as UsdDifference), writePremium: usd(0.25) }
    const costs = seen("established", { ...called, saved }).filter(([name]) => name === "aegis.cost.usd")
    assert.deepStrictEqual(costs.slice(0, 2), [
      ["aegis.cost.usd", 0.25, `${whose} premium`],
      ["aegis.cost.usd", 0.75, `${whose} saved`]
    ])
  })

  it("that wrote more to the cache than it saved tells so by a counter of its own: none may fall", () => {
    const event = { ...called, saved: { tokens: tokens(0), cost: Option.some(-0.03 as UsdDifference) } }
    const costs = seen("established", event).filter(([name]) => name === "aegis.cost.usd")
    assert.deepStrictEqual(costs, [
      ["aegis.cost.usd", 0.03, `${whose} premium`],
      ["aegis.cost.usd", 0.02, `${whose} spent`]
    ])
  })
})

describe.each(dialects)("in the %s dialect", (dialect) => {
  it("an answer that was kept is no call: what it saved is counted, and nothing is spent", () => {
    for (const outcome of ["hit", "follower"] as const) {
      const names = seen(dialect, { ...called, outcome, cost: Option.some(usd(0)) })
      assert.deepStrictEqual(names, [
        ["aegis.cache.requests", 1, `answer ${outcome}`],
        ["aegis.cache.saved_tokens", 900, whose],
        ["aegis.cost.usd", 0.05, `${whose} saved`]
      ])
    }
  })

  it("a replay saves nothing either: it would not have been paid again", () => {
    assert.deepStrictEqual(seen(dialect, { ...called, outcome: "replay" }), [
      ["aegis.cache.requests", 1, "answer replay"]
    ])
  })

  it("a lookup is counted by its tier, and its prompt's price is no cost", () => {
    const { usage: _, saved: __, ...rest } = called
    const lookup = { ...rest, operation: "resolve", outcome: "hit", metadata: { tier: "memory" } } as const
    assert.deepStrictEqual(seen(dialect, lookup), [["aegis.cache.requests", 1, "memory hit"]])
  })

  it("other operations are in no metric", () => {
    for (const operation of ["checkpoint", "replay", "enforce"] as const) {
      assert.deepStrictEqual(seen(dialect, { ...called, operation }), [])
    }
  })

  it("no attribute says what a prompt, a key or a namespace is", () => {
    const event = { ...called, namespace: "hunter2", metadata: { hash: "hunter2", file: "hunter2" } }
    assert.notInclude(JSON.stringify(seen(dialect, event)), "hunter2")
  })
})
