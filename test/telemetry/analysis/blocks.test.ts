import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import type { BlockFacts } from "../../../src/domain/TelemetryAnalysis.js"
import type { TelemetryRecord } from "../../../src/domain/TelemetryRecord.js"
import { totalInput } from "../../../src/domain/Usage.js"
import { makeBlockAnalysis, sharesOf } from "../../../src/telemetry/analysis/blocks.js"
import { anyRecords, record, request, scaffold, usage } from "./support/records.js"

const factsOf = (records: Iterable<TelemetryRecord>): ReadonlyArray<BlockFacts> => {
  const blocks = makeBlockAnalysis()
  for (const each of records) blocks.add(each)
  return blocks.result()
}

const short = ({ calls, read, scaffoldId, tokens, type, volatility }: BlockFacts) => [
  scaffoldId === undefined ? "all" : "one",
  type,
  calls,
  tokens,
  read,
  volatility
]

describe("the facts of blocks", () => {
  it("says how much of each was read from the cache, and in how many calls it was another", () => {
    const call = (after: number, guide: string, question: string, read: number) =>
      record(after, {
        request: request(after, [
          ["requirements", "rules", 100],
          ["style_guide", guide, 300],
          ["context", question, 100]
        ]),
        // the provider counts twice as many tokens as were estimated
        usage: usage({ uncachedInput: 1000 - read, cacheRead: read })
      })
    const facts = factsOf([
      call(0, "guide", "one", 0),
      call(1, "guide", "two", 800),
      call(2, "dated", "two", 200),
      call(3, "dated", "three", 800)
    ])
    const rows = [
      ["style_guide", 4, 2400, 1200, 1 / 3],
      ["requirements", 4, 800, 600, 0],
      ["context", 4, 800, 0, 2 / 3]
    ]
    assert.deepEqual<unknown>(facts.map(short), [
      ...rows.map((row) => ["all", ...row]),
      ...rows.map((row) => ["one", ...row])
    ])
  })

  it("compares with the call before of the same prompt, model and namespace", () => {
    const call = (after: number, text: string, rest: Partial<TelemetryRecord> = {}) =>
      record(after, {
        ...rest,
        request: request(after, [["requirements", text, 100]], {
          ...(rest.model === undefined ? {} : { model: rest.model })
        })
      })
    const facts = factsOf([
      call(0, "a"),
      call(1, "b", { model: "claude-opus-5" }),
      call(2, "c", { namespace: "other" }),
      call(3, "a"),
      call(4, "b", { model: "claude-opus-5" })
    ])
    assert.deepEqual(
      facts.map(({ volatility }) => volatility),
      [0, 0, 0, 0]
    )
  })

  it("does not count as read or unread what a provider did not report", () => {
    const facts = factsOf([
      record(0, {
        request: request(0, [["context", "a", 100]]),
        usage: usage({ uncachedInput: 100 })
      })
    ])
    assert.deepEqual(
      facts.map(({ calls, read, tokens }) => ({ calls, read: Number(read), tokens: Number(tokens) })),
      [
        { calls: 1, read: 0, tokens: 0 },
        { calls: 1, read: 0, tokens: 0 }
      ]
    )
  })

  it("leaves out kept answers, whose prompts nobody read", () => {
    assert.deepEqual(
      factsOf([record(0, { outcome: "hit", request: request(0, [["context", "a", 100]]) })]),
      []
    )
  })

  it("is bounded, and still counts every call of a type", () => {
    const facts = factsOf(
      Array.from({ length: 3000 }, (_, i) => {
        const { blocks, ...rest } = request(i, [["context", "a", 100]])
        return record(i, {
          scaffoldId: scaffold(`${i}`),
          request: { ...rest, blocks: blocks.map((block) => ({ ...block, name: `n${i}` })) },
          usage: usage({ uncachedInput: 10, cacheRead: 0 })
        })
      })
    )
    assert.strictEqual(facts.length, 101)
    assert.deepEqual(facts.slice(0, 1).map(short), [["all", "context", 3000, 30_000, 0, 0]])
  })

  it.prop(
    "shares out all input and all that was read, to the token",
    [
      FastCheck.array(FastCheck.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 10 }),
      FastCheck.nat(10_000),
      FastCheck.nat(10_000)
    ],
    ([sizes, uncachedInput, cacheRead]) => {
      const used = usage({ uncachedInput, cacheRead })
      const shares = sharesOf(
        request(
          0,
          sizes.map((size) => ["context", "a", size])
        ),
        used
      )
      assert.strictEqual(
        shares.reduce((sum, { tokens }) => sum + tokens, 0),
        totalInput(used)
      )
      assert.strictEqual(
        shares.reduce((sum, { read }) => sum + read, 0),
        Option.getOrElse(used.cacheRead, () => 0)
      )
      assert.isTrue(shares.every(({ read, tokens }) => read >= 0 && read <= tokens))
    }
  )

  it.prop("is never read more than it has tokens, of any records", [anyRecords], ([records]) => {
    for (const { read, tokens, volatility } of factsOf(records)) {
      assert.isAtMost(read, tokens)
      assert.isTrue(volatility >= 0 && volatility <= 1)
    }
  })
})
