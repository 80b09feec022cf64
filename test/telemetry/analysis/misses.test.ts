/** Why input was not read from the cache: causes and their cost by hand. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import type { MissCause } from "../../../src/domain/TelemetryAnalysis.js"
import type { TelemetryRecord } from "../../../src/domain/TelemetryRecord.js"
import { totalInput } from "../../../src/domain/Usage.js"
import { makeMissAnalysis } from "../../../src/telemetry/analysis/misses.js"
import { sharesOf } from "../../../src/telemetry/analysis/missShares.js"
import { makeSendOrder } from "../../../src/telemetry/analysis/sendOrder.js"
import { readPrice, used } from "./support/prices.js"
import { record, request, start, usage } from "./support/records.js"

const minute = 60_000

const missesOf = (
  records: Iterable<TelemetryRecord>,
  price = readPrice
): ReturnType<ReturnType<typeof makeMissAnalysis>["result"]> => {
  const misses = makeMissAnalysis()
  for (const each of records) misses.add(each, Date.parse(each.createdAt))
  return misses.result(price)
}

/** A call with marks after its two stable blocks, kept for five minutes, that is in the ledger as soon as it is sent. */
const call = (
  after: number,
  guide: string,
  question: string,
  counts: Parameters<typeof usage>[0]
): TelemetryRecord =>
  record(after, {
    request: request(
      after,
      [
        ["requirements", "rules", 2000],
        ["style_guide", guide, 3000],
        ["context", question, 100]
      ],
      {
        mode: "breakpoints",
        marks: [
          { block: 0, ttl: "5m" },
          { block: 1, ttl: "5m" }
        ]
      }
    ),
    ...used(counts)
  })

const first = call(0, "guide", "one", { uncachedInput: 100, cacheRead: 0, cacheWrite5m: 5000 })
const short = ({ block, calls, cost, reason, tokens }: MissCause) => [
  reason,
  block?.index,
  calls,
  Number(tokens),
  Option.match(cost, { onNone: () => null, onSome: (usd) => Number(usd.toFixed(6)) })
]

describe("the causes of misses", () => {
  it("blames the block that changed, and counts as wasted what stood unchanged behind it", () => {
    const dated = call(minute, "dated", "one", { uncachedInput: 100, cacheRead: 2000, cacheWrite5m: 3000 })
    const { misses, wasted } = missesOf([first, dated])
    // not read: 3000 tokens that were written and 100 plain ones
    const premium = (3000 * (3.75 - 0.3) + 100 * (3 - 0.3)) / 1e6
    const firsts = (5000 * (3.75 - 0.3) + 100 * (3 - 0.3)) / 1e6
    assert.deepEqual(misses.map(short), [
      ["first", undefined, 1, 5100, Number(firsts.toFixed(6))],
      ["changed", 1, 1, 3100, Number(premium.toFixed(6))]
    ])
    assert.approximately(wasted, (premium * 100) / 3100, 1e-8)
    assert.strictEqual(
      misses[1]?.summary,
      "Block 2 <style_guide> changed in 1 call of claude-sonnet-5: 3,100 input tokens were not read from the cache, 100 of them of blocks behind it that had not changed."
    )
    assert.deepEqual(misses[1]?.examples, [dated.id])
    assert.deepEqual<unknown>(misses[1]?.block, { index: 1, type: "style_guide" })
  })

  it("tells a prefix that had expired, and for how long it was not used", () => {
    const late = call(12 * minute, "guide", "two", { uncachedInput: 100, cacheRead: 0, cacheWrite5m: 5000 })
    const { misses, wasted } = missesOf([first, late])
    const expired = misses.find(({ reason }) => reason === "expired")
    assert.strictEqual<number | undefined>(expired?.tokens, 5000)
    assert.strictEqual<number | undefined>(expired?.idle, 12 * minute)
    assert.match(expired?.summary ?? "", /unused for 12m 0s on average/)
    assert.approximately(wasted, Option.getOrThrow(expired?.cost ?? Option.none()), 1e-8)
  })

  it("says that a provider did not find what by its rules it had", () => {
    const lost = call(minute, "guide", "two", { uncachedInput: 100, cacheRead: 0, cacheWrite5m: 5000 })
    const evicted = missesOf([first, lost]).misses.find(({ reason }) => reason === "evicted")
    assert.strictEqual<number | undefined>(evicted?.tokens, 5000)
    assert.strictEqual(
      evicted?.summary,
      "In 1 call of claude-sonnet-5 anthropic did not find 5,000 input tokens that by its rules it still had."
    )
  })

  it("has no cost where the price is not known, and wastes nothing", () => {
    const { misses, wasted } = missesOf([first], Option.none)
    assert.deepEqual(misses.map(short), [["first", undefined, 1, 5100, null]])
    assert.strictEqual<number>(wasted, 0)
  })

  it("says nothing of kept answers, of calls that failed, and of models whose cache is not known", () => {
    const { request: sent } = first
    assert.isDefined(sent)
    assert.deepEqual(
      missesOf([
        { ...first, outcome: "hit" },
        record(0, { error: "RateLimited", ...(first.request && { request: first.request }) }),
        { ...first, request: { ...sent, model: "nobody-1" } }
      ]).misses,
      []
    )
  })

  it("looks at calls in the order in which they were sent, not in which they ended", () => {
    const ended = (each: TelemetryRecord, after: number): TelemetryRecord => ({
      ...each,
      createdAt: new Date(start + after).toISOString()
    })
    const second = call(minute, "guide", "two", { uncachedInput: 100, cacheRead: 5000, cacheWrite5m: 0 })
    const { misses } = missesOf([ended(second, 2 * minute), ended(first, 3 * minute)])
    assert.deepEqual(
      misses.map(({ calls, reason, tokens }) => [reason, calls, Number(tokens)]),
      [
        ["first", 1, 5100],
        ["changed", 1, 100]
      ]
    )
  })

  it.prop(
    "come to all that the provider did not read, to the token",
    [
      FastCheck.nat(5000),
      FastCheck.array(FastCheck.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 4 }),
      FastCheck.nat(5000),
      FastCheck.nat(5000)
    ],
    ([read, unread, uncachedInput, cacheRead]) => {
      const predicted = {
        read,
        written: { "5m": 0, "30m": 0, "1h": 0, "12h": 0 },
        uncached: 0,
        causes: unread.map((tokens) => ({ reason: "first", tokens }) as const),
        bound: "exact"
      } as const
      const counted = usage({ uncachedInput, cacheRead })
      const shares = sharesOf(predicted, counted)
      const sum = shares.reduce((all, { tokens }) => all + tokens, 0)
      // each share is rounded to a token
      assert.isAtMost(Math.abs(sum - uncachedInput), 3, `${totalInput(counted)}`)
    }
  )
})

describe("the order of calls", () => {
  const sentAt = (at: number) => ({ request: request(at, []) })

  it.prop(
    "is that of their sending, however they ended within a quarter of an hour",
    [
      FastCheck.array(
        FastCheck.record({ sent: FastCheck.nat(24 * 60 * minute), took: FastCheck.nat(15 * minute) }),
        { maxLength: 60 }
      )
    ],
    ([calls]) => {
      const order = makeSendOrder<ReturnType<typeof sentAt>>()
      const ends = calls.toSorted((a, b) => a.sent + a.took - b.sent - b.took)
      const given = ends.flatMap(({ sent, took }) => order.add(sentAt(sent), start + sent + took))
      const all = [...given, ...order.end()].map(({ request }) => request.sentAt)
      assert.deepEqual(
        all,
        calls.map(({ sent }) => start + sent).toSorted((a, b) => a - b)
      )
    }
  )
})
