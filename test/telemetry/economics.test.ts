/** What a change of a prompt costs: figures by hand, for a provider that caches at marks and one that caches by itself. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { PromptEconomics } from "../../src/domain/CachePerformance.js"
import type { TokenCount } from "../../src/domain/Measures.js"
import type { BlockType } from "../../src/domain/PromptBlock.js"
import type { ProviderRequest } from "../../src/domain/ProviderRequest.js"
import type { CachePlan } from "../../src/domain/ResolvedScaffold.js"
import { totalInput, type Usage } from "../../src/domain/Usage.js"
import { sha256 } from "../../src/prompt/digest.js"
import { tokens } from "../../src/prompt/render/tokens.js"
import { economicsOf, type PromptChange } from "../../src/telemetry/economics.js"
import { stablePrefixOf, warmUsageOf, type PromptLayout } from "../../src/telemetry/promptLayout.js"
import { relaid } from "../../src/telemetry/replayedCosts.js"

interface Written {
  readonly type: BlockType
  readonly tokens: number
  readonly text?: string
  readonly name?: string
  readonly changes?: string
}

/** Marks are at the ends of these blocks, kept for an hour. */
const layoutOf = (
  written: ReadonlyArray<Written>,
  mode: CachePlan["mode"],
  marks: ReadonlyArray<number> = []
): PromptLayout => {
  const end = (count: number): TokenCount =>
    tokens(written.slice(0, count).reduce((sum, block) => sum + block.tokens, 0))
  const context = written.findIndex(({ type }) => type === "context")
  const stableBlocks = context === -1 ? written.length : context
  return {
    blocks: written.map(({ changes, name, text, tokens, type }) => ({
      type,
      name,
      hash: sha256(text ?? `${type} ${name ?? ""} ${tokens}`),
      tokens,
      line: undefined,
      changes
    })),
    plan: {
      mode,
      minimumTokens: tokens(1024),
      breakpoints: marks.map((block) => ({ block, tokens: end(block + 1), ttl: "1h" })),
      stableBlocks,
      stableTokens: end(stableBlocks)
    },
    tokens: end(written.length)
  }
}

const or0 = Option.getOrElse(() => 0)

/** USD 3 for a million tokens of input, a tenth for reading them from the cache, 1.25 times for writing them, twice for an hour. */
const price = (usage: Usage): Option.Option<number> =>
  Option.some(
    (usage.uncachedInput * 3 +
      or0(usage.cacheRead) * 0.3 +
      or0(usage.cacheWrite5m) * 3.75 +
      or0(usage.cacheWrite1h) * 6) /
      1e6
  )

const requirements: Written = { type: "requirements", tokens: 2000 }
const guide: Written = { type: "style_guide", name: "guide", tokens: 3000 }
const question: Written = { type: "context", name: "question", tokens: 200 }
const dated: Written = { ...guide, text: "dated", changes: "has a date in it" }

const marked = (written: ReadonlyArray<Written>): PromptLayout => layoutOf(written, "breakpoints", [0, 1])
const automatic = (written: ReadonlyArray<Written>): PromptLayout => layoutOf(written, "automatic")

const change = (options: Pick<PromptChange, "after" | "before" | "history">): PromptChange => ({
  file: "prompt.md",
  provider: "anthropic",
  model: "claude-sonnet-5",
  price,
  ...options
})
const kinds = (options: Parameters<typeof change>[0]): ReadonlyArray<string> =>
  economicsOf(change(options)).findings.map(({ kind }) => kind)

describe("a warm call", () => {
  it("reads up to the last mark before what changes, and writes from there to the last mark", () => {
    assert.deepEqual(warmUsageOf(marked([requirements, guide, question])), {
      uncachedInput: tokens(200),
      cacheRead: Option.some(tokens(5000)),
      cacheWrite5m: Option.some(tokens(0)),
      cacheWrite1h: Option.some(tokens(0)),
      output: tokens(0),
      reasoning: Option.none()
    })
    assert.deepEqual(warmUsageOf(marked([requirements, dated, question])), {
      uncachedInput: tokens(200),
      cacheRead: Option.some(tokens(2000)),
      cacheWrite5m: Option.some(tokens(0)),
      cacheWrite1h: Option.some(tokens(3000)),
      output: tokens(0),
      reasoning: Option.none()
    })
  })

  it("reads the stable prefix of a provider that caches by itself, if it is long enough", () => {
    assert.deepEqual(
      warmUsageOf(automatic([requirements, dated, question])).cacheRead,
      Option.some(tokens(2000))
    )
    assert.deepEqual(
      warmUsageOf(automatic([{ ...requirements, tokens: 1000 }, dated, question])).cacheRead,
      Option.some(tokens(0))
    )
  })

  it.prop(
    "is read, written or neither, each token once",
    [
      FastCheck.array(
        FastCheck.record({
          type: FastCheck.constantFrom<Array<BlockType>>("requirements", "style_guide", "context"),
          tokens: FastCheck.integer({ min: 1, max: 3000 }),
          changes: FastCheck.constantFrom(undefined, "is another")
        }),
        { minLength: 1, maxLength: 6 }
      ),
      FastCheck.uniqueArray(FastCheck.nat(5), { maxLength: 4 }),
      FastCheck.constantFrom<Array<CachePlan["mode"]>>("breakpoints", "automatic", "none")
    ],
    ([written, places, mode]) => {
      const blocks = written.map(({ changes, ...rest }) =>
        changes === undefined ? rest : { ...rest, changes }
      )
      const marks = mode === "breakpoints" ? places.filter((at) => at < blocks.length).toSorted() : []
      const layout = layoutOf(blocks, marks.length === 0 && mode === "breakpoints" ? "none" : mode, marks)
      const usage = warmUsageOf(layout)
      assert.strictEqual(totalInput(usage), layout.tokens)
      assert.isAtMost(or0(usage.cacheRead), stablePrefixOf(layout))
    }
  )
})

describe("economicsOf", () => {
  const before = marked([requirements, guide, question])

  it("finds nothing where nothing changed, or text was only taken out", () => {
    assert.deepEqual(kinds({ before, after: before }), [])
    assert.deepEqual(
      kinds({ before, after: marked([requirements, { ...guide, tokens: 1000 }, question]) }),
      []
    )
  })

  it("finds nothing where text was taken out before a block that has always changed", () => {
    assert.deepEqual(
      kinds({
        before: marked([requirements, dated, question]),
        after: marked([{ ...requirements, tokens: 1500 }, dated, question])
      }),
      []
    )
  })

  it("says what a date in the style guide costs, to the cent", () => {
    const { economics, findings } = economicsOf(
      change({ before, after: marked([requirements, dated, question]) })
    )
    // before: 5000 read and 200 plain; after: 2000 read, 3000 written for an hour and 200 plain
    assert.deepEqual<unknown>(economics, {
      file: "prompt.md",
      provider: "anthropic",
      model: "claude-sonnet-5",
      stablePrefix: { before: tokens(5000), after: tokens(2000) },
      tokens: { before: tokens(5200), after: tokens(5200) },
      warmCost: { before: price(warmUsageOf(before)), after: Option.some(0.0006 + 0.018 + 0.0006) },
      findings: [
        'Block 2 <style_guide> "guide" has a date in it: its 3,000 tokens are read again in each call.',
        'The stable prefix is 2,000 tokens instead of 5,000: block 2 <style_guide> "guide" ends it. A warm call reads 3,000 more tokens again.',
        "The input of a warm call costs USD 0.019200 instead of USD 0.002100 (+814.3 %): USD 17.10 more per 1,000 calls."
      ]
    })
    assert.deepEqual(
      findings.map(({ kind, tokens }) => [kind, tokens]),
      [
        ["became-volatile", 3000],
        ["prefix-shortened", 3000],
        ["warm-cost", undefined]
      ]
    )
    assert.isTrue(Schema.is(PromptEconomics)(economics))
  })

  it("sees a volatile block that was put before a stable one", () => {
    const { findings } = economicsOf(
      change({
        before: automatic([requirements, guide, question]),
        after: automatic([question, requirements, guide])
      })
    )
    assert.deepEqual(
      findings.map(({ kind, tokens }) => [kind, tokens]),
      [
        ["volatile-before-stable", 5000],
        ["prefix-shortened", 5000],
        ["warm-cost", undefined]
      ]
    )
  })

  it("does not blame a block for standing where it stood before", () => {
    const early = automatic([requirements, question, guide])
    assert.deepEqual(
      kinds({ before: early, after: automatic([requirements, { ...question, text: "new" }, guide]) }),
      []
    )
  })

  it("sees a block that was given a type that is not kept", () => {
    const asContext: Written = { ...guide, type: "context", text: "same" }
    assert.deepEqual(
      kinds({
        before: automatic([requirements, { ...guide, text: "same" }, question]),
        after: automatic([requirements, asContext, question])
      }),
      ["became-volatile", "prefix-shortened", "warm-cost"]
    )
  })

  it("counts tokens that were added", () => {
    const longer = marked([requirements, { ...guide, tokens: 4500 }, question])
    const { findings } = economicsOf(change({ before, after: longer }))
    assert.deepEqual(
      findings.map(({ increase, kind, tokens }) => [kind, tokens, increase?.toFixed(4)]),
      [
        ["tokens-grown", 1500, (1500 / 5200).toFixed(4)],
        ["warm-cost", undefined, (0.00045 / 0.0021).toFixed(4)]
      ]
    )
  })

  it("has figures of a new prompt, and finds in it only what should not change and does", () => {
    assert.deepEqual(kinds({ after: before }), [])
    assert.deepEqual(kinds({ after: marked([requirements, dated, question]) }), ["became-volatile"])
  })

  it("leaves out money where the price is not known", () => {
    const { economics } = economicsOf({
      ...change({ before, after: marked([requirements, dated, question]), history: [] }),
      price: () => Option.none()
    })
    assert.deepEqual(economics.warmCost, { before: Option.none(), after: Option.none() })
    assert.isUndefined(economics.replayedCost)
  })
})

describe("a change over history", () => {
  const before = marked([requirements, guide, question])
  const after = marked([requirements, dated, question])
  const minute = 60_000
  /** A call as it was, with a question of 100 tokens. */
  const sent = (at: number, asked: string, model = "claude-sonnet-5"): ProviderRequest => ({
    ...{ sentAt: at, readableAt: at + 1000, provider: "anthropic", model, scope: "team" },
    mode: "breakpoints",
    blocks: [
      { hash: sha256("requirements  2000"), tokens: tokens(2000), part: "system", type: "requirements" },
      {
        hash: sha256("style_guide guide 3000"),
        tokens: tokens(3000),
        part: "system",
        type: "style_guide",
        name: "guide"
      },
      { hash: sha256(asked), tokens: tokens(100), part: "messages", type: "context", name: "question" }
    ],
    marks: [
      { block: 0, ttl: "1h" },
      { block: 1, ttl: "1h" }
    ]
  })

  it("is sent again as it was where nothing changed", () => {
    assert.deepEqual(relaid(sent(0, "one"), before, 0), sent(0, "one"))
  })

  it("leaves tools before the prompt and turns behind it where they are, with their marks", () => {
    const one = sent(0, "one")
    const tool = { hash: sha256("tool"), tokens: tokens(50), part: "tools" } as const
    const turn = { hash: sha256("turn"), tokens: tokens(60), part: "messages" } as const
    const talk: ProviderRequest = {
      ...one,
      blocks: [tool, ...one.blocks, turn],
      marks: [
        { block: 0, ttl: "1h" },
        { block: 1, ttl: "1h" },
        { block: 2, ttl: "1h" },
        { block: 4, ttl: "5m" }
      ]
    }
    assert.deepEqual(relaid(talk, before, 0), talk)
    const short = relaid(talk, marked([{ ...requirements, text: "both" }, question]), 0)
    assert.deepEqual(
      short.blocks.map(({ hash }) => hash),
      [tool.hash, sha256("both"), sha256("one"), turn.hash]
    )
    assert.deepEqual(
      short.marks.map(({ block }) => block),
      [0, 1, 2, 3]
    )
    assert.isDefined(
      economicsOf(change({ before, after, history: [talk, { ...talk, sentAt: minute }] })).economics
        .replayedCost
    )
  })

  it("costs what the calls come to by the provider's rules", () => {
    // as they ended
    const history = [sent(minute, "two"), sent(0, "one"), sent(2 * minute, "three")]
    const { economics, findings } = economicsOf(change({ before, after, history }))
    // as it was: 5000 written for an hour once, then read twice; each question is 100 plain tokens
    const was = (5000 * 6 + 2 * 5000 * 0.3 + 3 * 100 * 3) / 1e6
    // with a date: 2000 are read twice, and 3000 written three times
    const is = (2000 * 6 + 2 * 2000 * 0.3 + 3 * 3000 * 6 + 3 * 100 * 3) / 1e6
    assert.approximately(economics.replayedCost?.before ?? 0, was, 1e-9)
    assert.approximately(economics.replayedCost?.after ?? 0, is, 1e-9)
    assert.strictEqual(
      findings.at(-1)?.summary,
      "The input of the 3 calls recorded from 1970-01-01T00:00:00.000Z to 1970-01-01T00:02:00.000Z would have cost USD 0.0681 instead of USD 0.0339 (+100.9 %)."
    )
  })

  it("leaves calls of other prompts and models alone", () => {
    const one = sent(0, "one")
    const other = { ...one, blocks: one.blocks.map((block) => ({ ...block, hash: sha256("other") })) }
    const history = [one, sent(minute, "two", "claude-opus-5"), other, sent(2 * minute, "three")]
    assert.match(
      economicsOf(change({ before, after, history })).findings.at(-1)?.summary ?? "",
      /^The input of the 2 calls/
    )
  })

  it("says nothing where no call was recorded, or the cache of the model is not known", () => {
    assert.isUndefined(economicsOf(change({ before, after, history: [] })).economics.replayedCost)
    const unknown = { ...change({ before, after, history: [sent(0, "one", "claude-x")] }), model: "claude-x" }
    assert.isUndefined(economicsOf(unknown).economics.replayedCost)
  })
})
