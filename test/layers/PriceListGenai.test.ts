import { calcPrice, findProvider } from "@pydantic/genai-prices"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Path from "node:path"
import * as PriceListGenai from "../../layers/PriceListGenai.js"
import { acceptance, findInGenai, genaiVersion } from "../../layers/prices/genai.js"
import { overrides } from "../../layers/prices/overrides.js"
import { findRates, PriceFile } from "../../layers/prices/PriceFile.js"
import { moneyOf } from "../../layers/prices/rates.js"
import { totalMoney } from "../../src/domain/Money.js"
import type { Provider } from "../../src/domain/Provider.js"
import { totalInput, type Usage } from "../../src/domain/Usage.js"
import { tokens } from "../../src/prompt/render/tokens.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import { PriceList } from "../../src/services/PriceList.js"
import { tempDir } from "../support/tempDir.js"

const today = Date.parse("2026-11-23")

const usageOf = (counts: {
  readonly uncached?: number
  readonly read?: number
  readonly write5m?: number
  readonly write1h?: number
  readonly output?: number
}): Usage => ({
  uncachedInput: tokens(counts.uncached ?? 0),
  cacheRead: Option.map(Option.fromNullable(counts.read), tokens),
  cacheWrite5m: Option.map(Option.fromNullable(counts.write5m), tokens),
  cacheWrite1h: Option.map(Option.fromNullable(counts.write1h), tokens),
  output: tokens(counts.output ?? 0),
  reasoning: Option.none()
})

const million = 1_000_000
const priced = (provider: Provider, model: string, usage: Usage) =>
  Effect.flatMap(PriceList, (prices) => prices.price(provider, model, usage))

/** The amount in USD to a billionth, null where it is unknown. */
const amount = (provider: Provider, model: string, usage: Usage) =>
  Effect.map(priced(provider, model, usage), (price) =>
    Option.getOrNull(Option.map(price.amount, (usd) => Math.round(usd * 1e9) / 1e9))
  )

const listWith = (settings: Parameters<typeof AegisConfig.layer>[1], root = "/") =>
  PriceListGenai.layer.pipe(Layer.provide(AegisConfig.layer(root, settings)))

layer(listWith({}))("the price list", (it) => {
  const at = (day: string) => TestClock.setTime(Date.parse(day))

  // by hand from the providers' pages: Opus 5.5 is 4/20, writes 5 and 8, reads 0.20 per million tokens
  it.effect("charges each class of Anthropic's tokens at its own rate", () =>
    Effect.gen(function* () {
      yield* at("2026-11-23")
      const usage = { uncached: million, read: million, write5m: million, write1h: million, output: million }
      assert.strictEqual(yield* amount("anthropic", "claude-opus-5-5", usageOf(usage)), 4 + 0.2 + 5 + 8 + 20)
      assert.deepInclude(yield* priced("anthropic", "claude-opus-5-5-20261001", usageOf(usage)), {
        source: "genai-prices",
        version: genaiVersion,
        match: "exact"
      })
    })
  )

  // gpt-5.6-sol since 2026-08-21: 4/20, writes 5, reads 0.40, twice as much for input above 272,000 tokens
  it.effect("charges OpenAI's writes since gpt-5.6, and the long context's rates for the whole request", () =>
    Effect.gen(function* () {
      yield* at("2026-11-23")
      const usage = usageOf({ uncached: 100_000, read: 50_000, write5m: 50_000 })
      assert.strictEqual(yield* amount("openai", "gpt-5.6-sol", usage), 0.4 + 0.02 + 0.25)
      const long = usageOf({ uncached: 100_000, read: 150_000, write5m: 50_000 })
      assert.strictEqual(yield* amount("openai", "gpt-5.6-sol", long), 0.8 + 0.12 + 0.5)
    })
  )

  it.effect("knows since when a price holds", () =>
    Effect.gen(function* () {
      const read = usageOf({ read: million })
      const on = (day: string) => Effect.zipRight(at(day), amount("anthropic", "claude-sonnet-5-5", read))
      assert.deepStrictEqual(
        [yield* on("2026-01-01"), yield* on("2026-09-28"), yield* on("2026-10-06"), yield* on("2026-10-07")],
        [0.2, 0.2, 0.2, 0.1]
      )
      const sol = (day: string) =>
        Effect.zipRight(at(day), amount("openai", "gpt-5.6-sol", usageOf({ uncached: million / 10 })))
      assert.deepStrictEqual([yield* sol("2026-08-20"), yield* sol("2026-08-21")], [0.5, 0.4])
    })
  )

  it.effect("charges Haiku 5.5 five times as much strictly above 100,000 tokens, output included", () =>
    Effect.gen(function* () {
      yield* at("2026-11-23")
      const haiku = (uncached: number) =>
        amount("anthropic", "claude-haiku-5-5", usageOf({ uncached, read: 40_000, output: 1000 }))
      assert.strictEqual(yield* haiku(60_000), 0.006 + 0.0004 + 0.0005)
      assert.strictEqual(yield* haiku(60_001), 0.0300005 + 0.002 + 0.0025)
    })
  )

  it.effect.each([
    ["anthropic", "claude-fable-5-2", 8],
    ["anthropic", "claude-mythos-5-1", 10],
    ["openai", "gpt-6.1-terra", 2],
    ["openai", "gpt-6.1-sol", 4],
    ["openai", "gpt-6-luna", 0.2],
    ["anthropic", "claude-sonnet-5", 2]
  ] as const)("has a price for %s %s", ([provider, model, expected]) =>
    Effect.gen(function* () {
      yield* at("2026-11-23")
      assert.strictEqual(yield* amount(provider, model, usageOf({ uncached: million })), expected)
    })
  )

  it.effect.each([
    ["anthropic", "claude-sonnet-5-7"],
    ["anthropic", "claude-haiku-4-6"],
    ["anthropic", "my-model"],
    ["openai", "gpt-9"],
    ["vllm", "gpt-5"],
    ["sglang", "claude-sonnet-5"],
    ["llama-cpp", "qwen3-8b"],
    ["x-mine", "gpt-5"]
  ] as const)("does not know %s %s and never calls it free", ([provider, model]) =>
    Effect.map(priced(provider, model, usageOf({ uncached: 10 })), (price) =>
      assert.deepStrictEqual(price, {
        source: "none",
        version: "",
        match: "unknown",
        amount: Option.none(),
        money: Option.none()
      })
    )
  )

  it.effect("says when it knows a model only by a name that begins alike", () =>
    Effect.map(priced("anthropic", "claude-haiku-4-5-fast", usageOf({ uncached: million })), (price) =>
      assert.deepStrictEqual([price.match, Option.getOrNull(price.amount)], ["approximate", 1])
    )
  )

  it.effect("charges nothing for nothing", () =>
    Effect.map(priced("openai", "gpt-5", usageOf({})), (price) =>
      assert.deepStrictEqual([price.match, Option.getOrNull(price.amount)], ["exact", 0])
    )
  )

  it.effect("answers alike for a thousand models more", () =>
    Effect.gen(function* () {
      const first = yield* amount("openai", "gpt-5", usageOf({ uncached: million }))
      yield* Effect.forEach(
        Array.from({ length: 1100 }, (_, i) => `gpt-none-${i}`),
        (model) => priced("openai", model, usageOf({}))
      )
      assert.strictEqual(yield* amount("openai", "gpt-5", usageOf({ uncached: million })), first)
    })
  )
})

describe("the bundled list", () => {
  const named = (["anthropic", "openai"] as const).flatMap((provider) =>
    (findProvider({ providerId: provider })?.models ?? [])
      .map(({ id }) => [provider, id] as const)
      .filter(([, id]) => findInGenai({ calcPrice }, provider, id, today) !== undefined)
  )

  it("is of the version that its prices are said to be of", () => {
    const manifest = createRequire(import.meta.url)
      .resolve("@pydantic/genai-prices")
      .replace(/dist.*$/, "package.json")
    assert.strictEqual(
      (JSON.parse(Fs.readFileSync(manifest, "utf8")) as { version: string }).version,
      genaiVersion
    )
  })

  it("is charged as its own calculator does, for every model and time", () => {
    assert.isAbove(named.length, 60)
    const counts = FastCheck.integer({ min: 0, max: 300_000 })
    const time = FastCheck.constantFrom("2026-01-15", "2026-07-30", "2026-08-20", "2026-11-23").map(
      Date.parse
    )
    FastCheck.assert(
      FastCheck.property(
        FastCheck.constantFrom(...named),
        FastCheck.record({
          uncached: counts,
          read: counts,
          write5m: counts,
          write1h: counts,
          output: counts
        }),
        time,
        ([providerId, model], parts, at) => {
          const usage = usageOf(parts)
          const theirs = calcPrice(
            {
              input_tokens: totalInput(usage),
              cache_read_tokens: parts.read,
              cache_write_tokens: parts.write5m + parts.write1h,
              cache_write_1h_tokens: parts.write1h,
              output_tokens: parts.output
            },
            model,
            { providerId, timestamp: new Date(at) }
          )
          const ours = findInGenai({ calcPrice }, providerId, model, at)
          assert.isDefined(ours)
          if (ours !== undefined) {
            assert.approximately(totalMoney(moneyOf(ours.rates, usage)), theirs?.total_price ?? NaN, 1e-9)
          }
        }
      ),
      { numRuns: 1000 }
    )
  })

  it.each([
    [{ starts_with: "claude-sonnet-5" }, "claude-sonnet-5", "names"],
    [{ starts_with: "claude-sonnet-5" }, "claude-sonnet-5-20260801", "names"],
    [{ starts_with: "claude-sonnet-5" }, "claude-sonnet-5-5", "other"],
    [{ starts_with: "claude-sonnet-5" }, "claude-sonnet-5.5-20260928", "other"],
    [{ starts_with: "claude-sonnet-5" }, "claude-sonnet-5-fast", "resembles"],
    [{ starts_with: "claude-sonnet-5" }, "gpt-5", "other"],
    [{ equals: "gpt-5-codex" }, "gpt-5-codex", "names"],
    [{ equals: "gpt-5" }, "gpt-5-mini", "other"],
    [{ regex: "^gpt-6-sol-\\d{4}$" }, "gpt-6-sol-2026", "names"],
    [{ regex: "^gpt-6-sol" }, "gpt-6-sol-2026", "resembles"],
    [{ regex: "^gpt-6$" }, "gpt-5", "other"],
    [{ contains: "sonnet" }, "my-sonnet-x", "resembles"],
    [{ contains: "sonnet" }, "opus", "other"],
    [{ ends_with: "mini" }, "gpt-mini", "resembles"],
    [{ or: [{ equals: "a" }, { starts_with: "b" }] }, "b-x", "resembles"],
    [{ or: [{ equals: "a" }, { starts_with: "a" }] }, "a", "names"],
    [{ or: [{ equals: "a" }] }, "b", "other"],
    [{ and: [{ starts_with: "b" }, { ends_with: "x" }] }, "b-x", "resembles"],
    [{ and: [{ equals: "b" }, { ends_with: "x" }] }, "b-x", "other"],
    [{ and: [{ equals: "b" }, { starts_with: "b" }] }, "b", "names"]
  ] as const)("whose rule %j is asked about %s: %s", (rule, asked, expected) => {
    // the rules are written without optional fields, as the list's type has them
    assert.strictEqual(acceptance(structuredClone(rule) as Parameters<typeof acceptance>[0], asked), expected)
  })
})

describe("the list of overrides", () => {
  const file = Schema.decodeSync(PriceFile)(overrides)

  it("has a source and only what the bundled list does not have or has wrong", () => {
    for (const { provider, model, sourceUrl } of file.prices) {
      assert.match(sourceUrl ?? "", /^https:\/\//)
      const bundled = calcPrice({ input_tokens: 1 }, model, { providerId: provider })
      assert.notStrictEqual(
        bundled?.model.id,
        model,
        `${model} is in the bundled list now: drop the override`
      )
    }
  })

  it("takes a dated name for the model and another version for another model", () => {
    assert.isDefined(findRates(file, "anthropic", "claude-haiku-5-5-20261007", today))
    assert.isUndefined(findRates(file, "anthropic", "claude-haiku-5-6", today))
    assert.isUndefined(findRates(file, "openai", "claude-haiku-5-5", today))
  })
})

describe("a user's own prices", () => {
  const withFile = (text: string | undefined) =>
    Effect.map(tempDir, (root) => {
      if (text !== undefined) Fs.writeFileSync(Path.join(root, "prices.json"), text)
      return listWith({ prices: "prices.json" }, root)
    })
  const own = (prices: ReadonlyArray<object>) => JSON.stringify({ asOf: "2026-11-01", prices })

  it.scoped("come before all others, and make local servers cost what they cost", () =>
    Effect.gen(function* () {
      const list = yield* withFile(
        own([
          { provider: "vllm", model: "qwen3-8b", usdPerMillion: { input: 0.05, output: 0.1 } },
          {
            provider: "openai",
            model: "gpt-5",
            usdPerMillion: { input: 1, output: 2, cacheRead: 0.5 },
            above: [
              { inputTokens: 2000, usdPerMillion: { input: 3, output: 4 } },
              { inputTokens: 1000, usdPerMillion: { input: 2, output: 3 } }
            ]
          }
        ])
      )
      const usage = usageOf({ uncached: 500, read: 500 })
      const prices = yield* Effect.all([
        priced("vllm", "qwen3-8b", usage),
        amount("openai", "gpt-5", usage),
        amount("openai", "gpt-5", usageOf({ uncached: 501, read: 500 })),
        amount("openai", "gpt-5", usageOf({ uncached: 2001 }))
      ]).pipe(Effect.provide(list))
      assert.deepStrictEqual(prices[0], {
        source: "prices.json",
        version: "2026-11-01",
        match: "exact",
        amount: Option.some(0.00005),
        money: Option.some({
          uncachedInput: 0.000025,
          cacheRead: 0.000025,
          cacheWrite5m: 0,
          cacheWrite1h: 0,
          output: 0
        })
      } as (typeof prices)[0]) // amounts are brands
      assert.deepStrictEqual(prices.slice(1), [0.00075, 0.001252, 0.006003])
    })
  )

  it.scoped.each([
    [undefined, "cannot be read"],
    ["{", "is not a list of prices"],
    [
      own([{ provider: "openai", model: "gpt-5", usdPerMillion: { input: -1, output: 2 } }]),
      "/prices/0/usdPerMillion/input"
    ],
    [
      own([{ provider: "openai", model: "gpt-5", usdPerMillion: { input: 1, output: 2, cached: 1 } }]),
      "cached"
    ],
    [JSON.stringify({ asOf: "2026-13-01", prices: [] }), "/asOf"]
  ])("that cannot be understood are refused with the place: %s", ([text, expected]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flatMap(withFile(text), Layer.build).pipe(Effect.flip)
      assert.deepInclude(error, { _tag: "ConfigInvalid", key: "prices", origin: "prices.json" })
      assert.include(error.message, expected ?? "")
    })
  )
})
