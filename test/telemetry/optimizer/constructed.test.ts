import { describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { assert } from "vitest"
import type { Replayed } from "../../../src/domain/Optimization.js"
import type { ProviderRequest, RequestBlock, RequestMark } from "../../../src/domain/ProviderRequest.js"
import type { Provider } from "../../../src/domain/Provider.js"
import { recommend } from "../../../src/telemetry/optimizer/recommend.js"
import { makeMarket, replay } from "../../../src/telemetry/optimizer/replayer.js"
import { rulesOf } from "../../../src/telemetry/simulator/rules.js"
import { historyOf, hour, makeTexts, minute, price, request, start } from "./histories.js"

const { block, texts } = makeTexts()
const noTexts = (): undefined => undefined

const question = (i: number): RequestBlock =>
  block(`question ${i}`, 50, { part: "messages", name: "question" })
const stable = (name: string, tokens: number): RequestBlock => block(`the text of ${name}`, tokens, { name })
const clock = (i: number): RequestBlock => block(`it is ${i}`, 20, { name: "clock" })

const sent = (
  count: number,
  gap: number,
  blocks: (i: number) => ReadonlyArray<RequestBlock>,
  marks: ReadonlyArray<RequestMark>,
  more: Partial<ProviderRequest> = {}
): ReadonlyArray<ProviderRequest> =>
  Array.from({ length: count }, (_, i) => request(start + i * gap, blocks(i), marks, more))

const costOf = (requests: ReadonlyArray<ProviderRequest>): Replayed => {
  const { model: of, provider } = requests[0] ?? request(0, [], [])
  const market = makeMarket(provider, of, Either.getOrThrow(rulesOf(provider, of)), price)
  return Option.getOrThrow(replay(historyOf(requests), market))
}

const reportOf = (requests: ReadonlyArray<ProviderRequest>, known: typeof texts = noTexts) =>
  recommend({ history: historyOf(requests), price, texts: known })

/** The cheapest of all recommendations that change nothing but the layout. */
const foundIn = (requests: ReadonlyArray<ProviderRequest>, known: typeof texts = noTexts): number =>
  Math.min(
    costOf(requests).cost,
    ...reportOf(requests, known)
      .recommendations.filter(
        ({ changes }) => !changes.some(({ _tag }) => _tag === "KeepWarm" || _tag === "Batch")
      )
      .map(({ after }) => after.cost)
  )

const tagsOf = (requests: ReadonlyArray<ProviderRequest>, known: typeof texts = noTexts) =>
  reportOf(requests, known).recommendations.map(({ changes }) => changes.map(({ _tag }) => _tag).join())

const [a, b, c] = [stable("a", 2000), stable("b", 3000), stable("c", 1500)]

describe("histories whose best layout is known", () => {
  it("a block that changes each time stands first: it goes behind the stable ones", () => {
    const marks: ReadonlyArray<RequestMark> = [{ block: 3, ttl: "5m" }]
    const wrong = sent(40, 2 * minute, (i) => [clock(i), a, b, c, question(i)], marks)
    const right = sent(40, 2 * minute, (i) => [a, b, c, clock(i), question(i)], [{ block: 2, ttl: "5m" }])
    assert.isAtMost(foundIn(wrong), costOf(right).cost * 1.0001)
  })

  it("eight blocks in a bad order, some of which change at times, are more orders than can be tried", () => {
    const blocks = (i: number): ReadonlyArray<RequestBlock> => [
      clock(i),
      block(`hourly ${Math.floor(i / 20)}`, 800, { name: "hourly" }),
      a,
      block(`often ${Math.floor(i / 3)}`, 600, { name: "often" }),
      b,
      stable("d", 700),
      c,
      stable("e", 900)
    ]
    const order = [2, 4, 5, 6, 7, 1, 3, 0]
    const wrong = sent(200, minute, (i) => [...blocks(i), question(i)], [{ block: 7, ttl: "1h" }])
    const right = sent(
      200,
      minute,
      (i) => [...order.flatMap((at) => blocks(i)[at] ?? []), question(i)],
      [4, 5, 6].map((at) => ({ block: at, ttl: "5m" }))
    )
    assert.isAtMost(foundIn(wrong), costOf(right).cost * 1.02)
  })

  it("pauses of twenty minutes: an hour pays where five minutes are always over", () => {
    const short = sent(30, 20 * minute, (i) => [a, b, question(i)], [{ block: 1, ttl: "5m" }])
    const long = sent(30, 20 * minute, (i) => [a, b, question(i)], [{ block: 1, ttl: "1h" }])
    assert.isAtMost(foundIn(short), costOf(long).cost * 1.0001)
    assert.include(tagsOf(short), "TimeToLive")
  })

  it("a request each minute: an hour is paid for in vain", () => {
    const long = sent(10, minute, (i) => [a, b, question(i)], [{ block: 1, ttl: "1h" }])
    const short = sent(10, minute, (i) => [a, b, question(i)], [{ block: 1, ttl: "5m" }])
    assert.isAtMost(foundIn(long), costOf(short).cost * 1.0001)
  })

  it("a mark behind the question writes what is never read: it goes before it", () => {
    const wrong = sent(30, minute, (i) => [a, b, question(i)], [{ block: 2, ttl: "5m" }])
    const right = sent(30, minute, (i) => [a, b, question(i)], [{ block: 1, ttl: "5m" }])
    assert.isAtMost(foundIn(wrong), costOf(right).cost * 1.0001)
    assert.include(tagsOf(wrong), "Mark")
  })

  it("a day between requests: no mark pays, and none is what is recommended", () => {
    const marked = sent(10, 24 * hour, (i) => [a, b, question(i)], [{ block: 1, ttl: "1h" }])
    const plain = sent(10, 24 * hour, (i) => [a, b, question(i)], [])
    assert.isAtMost(foundIn(marked), costOf(plain).cost * 1.0001)
  })

  it("lines of a block that change are told from those that stay, though both move", () => {
    const rules = Array.from({ length: 30 }, (_, i) => `rule ${i} says what to do`)
    const text = (i: number): string =>
      [...(i > 20 ? ["an added rule"] : []), `clock ${i}`, ...rules, `build ${i}`].join("\n")
    const wrong = sent(40, minute, (i) => [block(text(i), 3000, { name: "rules" }), question(i)], [
      { block: 0, ttl: "5m" }
    ])
    const [best] = reportOf(wrong, texts).recommendations
    const split = best?.changes.find((change) => change._tag === "SplitLines")
    assert.deepStrictEqual(split?.lines, [2, 33])
    assert.isAbove(best?.potentialSavings ?? 0, 0.7 * (best?.before.cost ?? 1))
  })

  it.each<readonly [Provider, string]>([
    ["vllm", "qwen3"],
    ["sglang", "qwen3"],
    ["llama-cpp", "qwen3"],
    ["openai", "gpt-5.1"]
  ])("%s finds the longest prefix by itself: what changes goes to the end", (provider, of) => {
    const automatic = { provider, model: of, mode: "automatic" } as const
    const wrong = sent(30, minute, (i) => [clock(i), a, b, question(i)], [], automatic)
    const right = sent(30, minute, (i) => [a, b, clock(i), question(i)], [], automatic)
    assert.isAtMost(foundIn(wrong), costOf(right).cost * 1.0001)
  })

  it("gpt-5.6 is marked for its one time to live", () => {
    const explicit = { provider: "openai", model: "gpt-5.6-sol" } as const
    const wrong = sent(30, minute, (i) => [a, b, question(i)], [{ block: 2, ttl: "30m" }], explicit)
    const right = sent(30, minute, (i) => [a, b, question(i)], [{ block: 1, ttl: "30m" }], explicit)
    assert.isAtMost(foundIn(wrong), costOf(right).cost * 1.0001)
  })

  it("gpt-5.6 left to itself writes each question, and is told not to", () => {
    const implicit = { provider: "openai", model: "gpt-5.6-sol", mode: "automatic" } as const
    const own = (i: number): ReadonlyArray<RequestBlock> => [
      a,
      block(`long question ${i}`, 4000, { part: "messages", name: "question" })
    ]
    const wrong = sent(30, minute, own, [], implicit)
    const right = sent(30, minute, own, [{ block: 0, ttl: "30m" }], { ...implicit, mode: "breakpoints" })
    assert.isAtMost(foundIn(wrong), costOf(right).cost * 1.0001)
  })

  it("a conversation that grows is marked at its end", () => {
    const turn = (i: number): RequestBlock => block(`turn ${i}`, 400, { part: "messages" })
    const blocks = (i: number): ReadonlyArray<RequestBlock> => [
      a,
      ...Array.from({ length: i + 1 }, (_, t) => turn(t))
    ]
    const wrong = sent(15, minute, blocks, [{ block: 0, ttl: "5m" }])
    const right = Array.from({ length: 15 }, (_, i) =>
      request(start + i * minute, blocks(i), [{ block: i + 1, ttl: "5m" }])
    )
    assert.isAtMost(foundIn(wrong), costOf(right).cost * 1.0001)
  })
})

describe("what is not a matter of layout", () => {
  it("pings keep a large prefix warm over pauses, and are paid for", () => {
    const large = stable("large", 50_000)
    const requests = sent(20, 12 * minute, (i) => [large, question(i)], [{ block: 0, ttl: "5m" }])
    const warm = reportOf(requests).recommendations.find(({ changes }) => changes.at(-1)?._tag === "KeepWarm")
    assert.isDefined(warm)
    assert.isAbove(warm.after.requests, warm.before.requests)
    // two pings for each pause and after the last, each reading 50,000 tokens at 0.2 USD a million
    assert.isAtLeast(warm.after.cost, warm.optimum.cost)
  })

  it("requests that are sent at once do not find each other's prefix: held back, they do", () => {
    const requests = Array.from({ length: 40 }, (_, i) =>
      request(start + Math.floor(i / 8) * 2 * hour, [a, b, question(i)], [{ block: 1, ttl: "5m" }])
    )
    const held = reportOf(requests).recommendations.find(({ changes }) => changes[0]?._tag === "Batch")
    assert.isDefined(held)
    assert.strictEqual(held.type, "cost")
    assert.deepStrictEqual(held.changes, [{ _tag: "Batch", window: 10_000 }])
  })

  it("a block that names another does not change places with it", () => {
    const naming = (i: number): RequestBlock =>
      block(`After the schema below, at ${i}, comes nothing.`, 900, { name: "intro" })
    const schema = block("a schema", 4000, { name: "schema" })
    const requests = sent(30, minute, (i) => [naming(i), schema, question(i)], [{ block: 1, ttl: "5m" }])
    assert.isTrue(tagsOf(requests).some((tags) => tags.includes("MoveBlock")))
    assert.isFalse(tagsOf(requests, texts).some((tags) => tags.includes("MoveBlock")))
  })
})

describe("what cannot be helped is not recommended", () => {
  it("a prompt that is laid out as well as can be is left alone", () => {
    const right = sent(30, minute, (i) => [a, b, question(i)], [{ block: 1, ttl: "5m" }])
    assert.deepStrictEqual(reportOf(right).recommendations, [])
  })

  it("prefixes below the minimum are not marked", () => {
    const small = stable("small", 500)
    assert.deepStrictEqual(reportOf(sent(30, minute, (i) => [small, question(i)], [])).recommendations, [])
  })

  it.each<readonly [string, Partial<ProviderRequest>, RegExp]>([
    [
      "a model without rules",
      { model: "claude-unheard-of" },
      /nothing is known of the cache of claude-unheard-of/
    ],
    ["a provider without rules", { provider: "x-mine" }, /nothing is known of the caches of x-mine/]
  ])("%s is left alone, and the report says so", (_, more, reason) => {
    const { abstained, recommendations } = reportOf(
      sent(5, minute, (i) => [clock(i), a, question(i)], [], more)
    )
    assert.deepStrictEqual(recommendations, [])
    assert.strictEqual(abstained.length, 1)
    assert.strictEqual(abstained[0]?.requests, 5)
    assert.match(abstained[0]?.reason ?? "", reason)
  })

  it("a model without a price is left alone, and the report says so", () => {
    const local = { provider: "vllm", model: "unpriced", mode: "automatic" } as const
    const { abstained } = reportOf(sent(5, minute, (i) => [clock(i), a, question(i)], [], local))
    assert.deepStrictEqual(
      abstained.map(({ reason }) => reason),
      ["no price is known for unpriced"]
    )
  })

  it("one request says nothing", () => {
    assert.match(reportOf(sent(1, 0, (i) => [a, question(i)], [])).abstained[0]?.reason ?? "", /sent twice/)
  })

  it("a search that comes to its limit says so, and claims no exact optimum that it has not", () => {
    const wrong = sent(50, minute, (i) => [clock(i), a, b, c, question(i)], [{ block: 3, ttl: "1h" }])
    const limited = recommend({ history: historyOf(wrong), price, texts: noTexts, limit: 500 })
    assert.match(limited.abstained[0]?.reason ?? "", /stopped after 500 simulated requests/)
    const found = foundIn(wrong)
    for (const { changes, optimum } of limited.recommendations) {
      if (changes[0]?._tag !== "Batch") assert.isAtMost(optimum.cost, found * (1 + 1e-9))
    }
  })
})

describe("a report", () => {
  it("is the same for the same history in another order", () => {
    const wrong = historyOf(sent(30, minute, (i) => [clock(i), a, b, question(i)], [{ block: 2, ttl: "5m" }]))
    const one = recommend({ history: wrong, price, texts })
    const other = recommend({ history: wrong.toReversed(), price, texts })
    assert.strictEqual(JSON.stringify(one), JSON.stringify(other))
  })

  it("is less sure where the provider reported other than the rules give, and not at all where it reported nothing", () => {
    const wrong = historyOf(sent(30, minute, (i) => [clock(i), a, b, question(i)], [{ block: 2, ttl: "5m" }]))
    const confidences = [
      wrong,
      wrong.map((entry) => ({ ...entry, usage: { ...entry.usage, cacheRead: entry.usage.cacheWrite5m } })),
      wrong.map((entry) => ({ ...entry, usage: { ...entry.usage, cacheRead: Option.none() } }))
    ].map((history) => recommend({ history, price, texts }).recommendations[0]?.confidence)
    assert.strictEqual(confidences[0], 1)
    assert.isBelow(confidences[1] ?? 1, 0.6)
    assert.strictEqual(confidences[2], 0)
  })
})
