import { describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { assert } from "vitest"
import type { ProviderRequest, RequestBlock, RequestMark } from "../../../src/domain/ProviderRequest.js"
import { applyChanges } from "../../../src/telemetry/optimizer/applyChange.js"
import { lowerBound } from "../../../src/telemetry/optimizer/bound.js"
import type { HistoryEntry } from "../../../src/telemetry/optimizer/history.js"
import { recommend } from "../../../src/telemetry/optimizer/recommend.js"
import { makeMarket, replay } from "../../../src/telemetry/optimizer/replayer.js"
import { rulesOf } from "../../../src/telemetry/simulator/rules.js"
import { makeSimulator } from "../../../src/telemetry/simulator/Simulator.js"
import { usageOf } from "../../../src/telemetry/simulator/simulate.js"
import { historyOf, makeTexts, minute, model, price, request, start } from "./histories.js"

/** Some hundred recommendations a second, on a machine that does nothing else. */
const patience = 240_000
const runs = Number(process.env["AEGIS_HISTORIES"] ?? 1000)
const rules = Either.getOrThrow(rulesOf("anthropic", model))
const noTexts = (): undefined => undefined

/** What a history costs, told by the simulator and the price list alone. */
const costOf = (requests: ReadonlyArray<ProviderRequest>): number => {
  const simulator = makeSimulator(rules)
  return requests.reduce(
    (sum, one) => sum + Option.getOrThrow(price("anthropic", model, usageOf(simulator.next(one), 100))),
    0
  )
}

/** Blocks that change now and then, in any order, sent at any pace with any marks. */
const histories: FastCheck.Arbitrary<ReadonlyArray<HistoryEntry>> = FastCheck.record({
  slots: FastCheck.array(
    FastCheck.record({
      tokens: FastCheck.constantFrom(100, 400, 900, 1500, 3000),
      versions: FastCheck.constantFrom(1, 1, 1, 2, 100)
    }),
    { minLength: 1, maxLength: 3 }
  ),
  sends: FastCheck.array(
    FastCheck.record({
      gap: FastCheck.constantFrom(0, 500, 1, 3, 6, 20, 50, 70).map((gap) =>
        gap === 500 ? gap : gap * minute
      ),
      scope: FastCheck.constantFrom("one", "one", "one", "two"),
      picks: FastCheck.array(FastCheck.nat(99), { minLength: 3, maxLength: 3 })
    }),
    { minLength: 2, maxLength: 10 }
  ),
  marks: FastCheck.uniqueArray(FastCheck.nat(3), { maxLength: 4 }),
  hours: FastCheck.nat(4)
}).map(({ hours, marks, sends, slots }) => {
  const { block } = makeTexts()
  let at = start
  const requests = sends.map(({ gap, picks, scope }, i) => {
    at += gap
    const blocks: ReadonlyArray<RequestBlock> = [
      ...slots.map(({ tokens, versions }, s) =>
        block(`block ${s} version ${(picks[s] ?? 0) % versions}`, tokens, { name: `b${s}` })
      ),
      block(`question ${i}`, 50, { part: "messages", name: "question" })
    ]
    const own = marks
      .toSorted((a, b) => a - b)
      .filter((mark) => mark < blocks.length)
      .map((mark, m): RequestMark => ({ block: mark, ttl: m < hours ? "1h" : "5m" }))
    return request(at, blocks, own, { scope })
  })
  return historyOf(requests)
})

const permutations = (count: number): ReadonlyArray<ReadonlyArray<number>> =>
  count === 0
    ? [[]]
    : permutations(count - 1).flatMap((order) =>
        Array.from({ length: count }, (_, at) => order.toSpliced(at, 0, count - 1))
      )

/**
 * The least that any order of the blocks before the question, with any marks, costs: all of them are tried.
 */
const leastOf = (history: ReadonlyArray<HistoryEntry>): number => {
  const count = history[0]?.request.blocks.length ?? 0
  let least = costOf(history.map((entry) => entry.request))
  for (const order of permutations(count - 1)) {
    for (let set = 0; set < 2 ** count; set++) {
      const places = Array.from({ length: count }, (_, i) => i).filter((i) => (set >> i) % 2 === 1)
      for (let hours = 0; hours <= places.length; hours++) {
        const marks = places.map((block, m): RequestMark => ({ block, ttl: m < hours ? "1h" : "5m" }))
        const laidOut = history.map(({ request: { blocks, ...rest } }) => ({
          ...rest,
          mode: marks.length === 0 ? ("none" as const) : ("breakpoints" as const),
          marks,
          blocks: [...order, count - 1].flatMap((i) => blocks[i] ?? [])
        }))
        least = Math.min(least, costOf(laidOut))
      }
    }
  }
  return least
}

const onlyLayout = ({ changes }: { readonly changes: ReadonlyArray<{ readonly _tag: string }> }) =>
  changes.every(({ _tag }) => _tag !== "KeepWarm" && _tag !== "Batch")

describe("recommendations for generated histories", () => {
  it(
    `cost less than what was sent, as much as applying them shows (${runs} histories)`,
    () => {
      let recommended = 0
      FastCheck.assert(
        FastCheck.property(histories, (history) => {
          const sent = costOf(history.map((entry) => entry.request))
          for (const one of recommend({ history, price, texts: noTexts }).recommendations) {
            recommended++
            const applied = applyChanges(history, one.changes, { texts: noTexts, prompt: one.prompt })
            const pings = applied.filter(({ usage }) => usage.output === 0).length
            // the test's own sum takes every answer for 100 tokens, and a ping has none
            const cost = costOf(applied.map((entry) => entry.request)) - pings * (100 * 10e-6)
            assert.approximately(one.after.cost, cost, 1e-9)
            assert.approximately(one.before.cost, sent, 1e-9)
            assert.isBelow(one.after.cost, one.before.cost)
            assert.isAtMost(one.optimum.cost, one.after.cost * (1 + 1e-9))
          }
        }),
        { numRuns: runs, seed: 6 }
      )
      assert.isAbove(recommended, runs)
    },
    patience
  )

  it(
    `come within 2 % of the least that trying everything finds (${Math.ceil(runs / 4)} histories)`,
    () => {
      FastCheck.assert(
        FastCheck.property(histories, (history) => {
          const least = leastOf(history)
          const { recommendations } = recommend({ history, price, texts: noTexts })
          const sent = costOf(history.map((entry) => entry.request))
          const found = Math.min(sent, ...recommendations.filter(onlyLayout).map(({ after }) => after.cost))
          assert.isAtMost(found, least * 1.02)
          const market = makeMarket("anthropic", model, rules, price)
          assert.isAtMost(lowerBound(history, market) ?? 0, least * (1 + 1e-9))
          for (const { optimum } of recommendations.filter(onlyLayout)) {
            assert.isAtMost(optimum.cost, least * (1 + 1e-9))
            if (optimum.exact) assert.approximately(optimum.cost, least, 1e-6 + least * 1e-9)
          }
        }),
        { numRuns: Math.ceil(runs / 4), seed: 7 }
      )
    },
    patience
  )
})

describe("what no layout can cost less than", () => {
  it("holds for marks that are other ones in each request, by which five minutes become an hour for a read", () => {
    const { block } = makeTexts()
    const a = block("a", 4000, { name: "a" })
    const tail = block("tail", 1024, { name: "tail" })
    const question = (i: number): RequestBlock => block(`question ${i}`, 10, { part: "messages", name: "q" })
    const sent = [0, 1, 50, 100].map((at, i) =>
      request(
        start + at * minute,
        [a, tail, question(i)],
        [i === 0 ? { block: 0, ttl: "5m" } : { block: 1, ttl: "1h" }]
      )
    )
    const market = makeMarket("anthropic", model, rules, price)
    const bound = lowerBound(historyOf(sent), market) ?? Infinity
    assert.isAtMost(bound, costOf(sent))
  })

  it(
    "holds for any marks in any request of any history, and for pings and waiting",
    () => {
      const marks = FastCheck.array(
        FastCheck.array(
          FastCheck.record({
            block: FastCheck.nat(3),
            ttl: FastCheck.constantFrom("5m" as const, "1h" as const)
          }),
          {
            maxLength: 4
          }
        ),
        { minLength: 1, maxLength: 10 }
      )
      const times = FastCheck.constantFrom(1, 3, 11)
      const every = FastCheck.constantFrom(4 * minute, 55 * minute)
      const windows = FastCheck.constantFrom(10_000, 4 * minute)
      FastCheck.assert(
        FastCheck.property(histories, marks, times, every, windows, (history, some, count, pause, window) => {
          const market = makeMarket("anthropic", model, rules, price)
          const marked = history.map((entry, i) => {
            const [own] = applyChanges([entry], [{ _tag: "Mark", marks: some[i % some.length] ?? [] }], {
              texts: noTexts
            })
            return own ?? entry
          })
          const cost = (of: ReadonlyArray<HistoryEntry>): number =>
            Option.getOrThrow(replay(of, market)).cost * (1 + 1e-9)
          const within = (pings: boolean, delay: number): number =>
            lowerBound(history, market, { pings, delay }) ?? Infinity
          assert.isAtMost(within(false, 0), cost(marked))
          const warm = applyChanges(marked, [{ _tag: "KeepWarm", every: pause, times: count }], {
            texts: noTexts
          })
          assert.isAtMost(within(true, 0), cost(warm))
          const held = applyChanges(marked, [{ _tag: "Batch", window }], { texts: noTexts })
          // what answers take to begin is added to the wait of those behind the first
          assert.isAtMost(within(false, window + 1000), cost(held))
        }),
        { numRuns: runs, seed: 8 }
      )
    },
    patience
  )
})
