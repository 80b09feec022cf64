/** Why input was not read from the cache: causes and their cost by hand. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import type { MissCause } from "../../../src/domain/TelemetryAnalysis.js"
import type { TelemetryRecord } from "../../../src/domain/TelemetryRecord.js"
import { makeMissAnalysis } from "../../../src/telemetry/analysis/misses.js"
import { causesOf } from "../../../src/telemetry/analysis/missShares.js"
import { makeSendOrder } from "../../../src/telemetry/analysis/sendOrder.js"
import { readPrice, used } from "./support/prices.js"
import { record, request, start } from "./support/records.js"

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
  counts: Parameters<typeof used>[0]
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
    assert.match(
      misses[1]?.summary ?? "",
      /style_guide.* changed: .*3,100 tokens.*100 of them in blocks that did not change/
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
    assert.match(expired?.summary ?? "", /12m 0s/)
    assert.approximately(wasted, Option.getOrThrow(expired?.cost ?? Option.none()), 1e-8)
  })

  it("says that a provider did not find what by its rules it had", () => {
    const lost = call(minute, "guide", "two", { uncachedInput: 100, cacheRead: 0, cacheWrite5m: 5000 })
    const evicted = missesOf([first, lost]).misses.find(({ reason }) => reason === "evicted")
    assert.strictEqual<number | undefined>(evicted?.tokens, 5000)
    assert.deepEqual(evicted?.examples, [lost.id])
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
      FastCheck.nat(10_000)
    ],
    ([read, unread, reported]) => {
      const total = read + unread.reduce((sum, tokens) => sum + tokens, 0)
      const predicted = {
        read,
        written: { "5m": 0, "30m": 0, "1h": 0, "12h": 0 },
        uncached: total - read,
        causes: unread.map((tokens) => ({ reason: "first", tokens }) as const),
        bound: "exact"
      } as const
      const sum = causesOf(predicted, reported).reduce((all, { tokens }) => all + tokens, 0)
      // a little less than predicted is a difference of counting
      const isCounting = reported < read && reported >= read * 0.9
      assert.strictEqual(sum, isCounting ? total - read : Math.max(0, total - reported))
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
