import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { spec as anthropic } from "../../../layers/providers/Anthropic.js"
import { spec as llamaCpp } from "../../../layers/providers/LlamaCpp.js"
import { localSpec } from "../../../layers/providers/localAdapter.js"
import { spec as openAi } from "../../../layers/providers/OpenAi.js"
import { makeRenderer, type RendererSpec } from "../../../layers/providers/rendering.js"
import { spec as sgLang } from "../../../layers/providers/SgLang.js"
import { spec as vllm } from "../../../layers/providers/Vllm.js"
import { makeWith } from "../../../layers/TokenCounterGpt.js"
import type { Usd } from "../../../src/domain/Measures.js"
import { ProviderUnavailable } from "../../../src/domain/ProviderErrors.js"
import { totalInput } from "../../../src/domain/Usage.js"
import { canonicalJson } from "../../../src/prompt/canonical.js"
import { frameOf } from "../../../src/prompt/render/framing.js"
import { systemLength } from "../../../src/prompt/render/messages.js"
import { body } from "../../../src/prompt/render/segments.js"
import { tokens } from "../../../src/prompt/render/tokens.js"
import { PriceList } from "../../../src/services/PriceList.js"
import type { Rendering } from "../../../src/services/ProviderAdapter.js"
import { TokenCounter } from "../../../src/services/TokenCounter.js"
import * as TokenMemo from "../../../src/services/TokenMemo.js"
import { blockOf, example, laidOut, scaffoldOf } from "../../prompt/render/support.js"

/** One token per character, and a dollar per million tokens, ten cents of it for one that is read from the cache. */
const services = Layer.merge(
  Layer.effect(
    TokenCounter,
    makeWith(() => Effect.succeed((text) => text.length))
  ).pipe(Layer.provide(TokenMemo.layerMemory)),
  Layer.succeed(PriceList, {
    version: "test 1",
    pricing: () => Effect.dieMessage("not asked for here"),
    price: (_provider, _model, usage) =>
      Effect.succeed({
        source: "test",
        version: "1",
        match: "exact",
        money: Option.none(),
        amount: Option.some(
          // not negative: counts are not
          ((totalInput(usage) - 0.9 * Option.getOrElse(usage.cacheRead, () => 0)) / 1_000_000) as Usd
        )
      })
  })
)

type Scaffold = Parameters<typeof scaffoldOf>[0]

const resolve = (
  spec: RendererSpec,
  scaffold: Scaffold,
  options: { namespace?: string; strict?: boolean } = {}
) =>
  makeRenderer(spec).pipe(
    Effect.flatMap(({ resolveScaffold }) =>
      resolveScaffold(scaffoldOf(scaffold), { namespace: "default", strict: false, ...options })
    ),
    Effect.provide(services)
  )

const bodyOf = (rendering: Rendering, { blocks }: Scaffold): unknown =>
  JSON.parse(
    body(
      rendering.segments,
      blocks.map(({ content }) => content)
    )
  )

const codes = ({ warnings }: Rendering) => warnings.map(({ code }) => code)
const specs: ReadonlyArray<readonly [RendererSpec, model: string]> = [
  [anthropic, "claude-sonnet-5"],
  [openAi, "gpt-5.6-sol"],
  [localSpec(vllm), "qwen3-8b"],
  [localSpec(sgLang), "qwen3-8b"],
  [localSpec(llamaCpp), "qwen3-8b"]
]

describe("the request to Anthropic", () => {
  it.effect("has the stable blocks as marked system texts and the context as the user's", () =>
    Effect.gen(function* () {
      const scaffold = { provider: "anthropic", model: "claude-sonnet-5-5", blocks: example } as const
      const rendering = yield* resolve(anthropic, scaffold)
      assert.strictEqual(rendering.format, "anthropic.messages/2026-10-21")
      assert.deepStrictEqual(bodyOf(rendering, scaffold), {
        model: "claude-sonnet-5-5",
        max_tokens: 8192,
        system: [
          {
            type: "text",
            text: "<requirements>\nBe brief.\n</requirements>",
            cache_control: { type: "ephemeral", ttl: "1h" }
          },
          {
            type: "text",
            text: '\n\n<style_guide id="ts">\nTwo spaces.\n</style_guide>',
            cache_control: { type: "ephemeral", ttl: "1h" }
          },
          {
            type: "text",
            text: "\n\n<file_map>\nsrc/a.ts\n</file_map>",
            cache_control: { type: "ephemeral", ttl: "5m" }
          }
        ],
        messages: [{ role: "user", content: [{ type: "text", text: 'What is "a"?' }] }]
      })
      assert.deepStrictEqual(codes(rendering), ["not-deterministic", "minimum-unknown"])
    })
  )

  it.effect("marks nothing below the model's minimum, and says so", () =>
    Effect.gen(function* () {
      const scaffold = { provider: "anthropic", model: "claude-sonnet-5", blocks: example } as const
      const rendering = yield* resolve(anthropic, scaffold)
      assert.notInclude(JSON.stringify(bodyOf(rendering, scaffold)), "cache_control")
      assert.strictEqual(rendering.cachePlan.mode, "none")
      assert.include(codes(rendering), "below-minimum")
      assert.deepStrictEqual(rendering.cost.warm, rendering.cost.uncached)
    })
  )

  it.effect("has no system part when there is nothing but context", () =>
    Effect.gen(function* () {
      const scaffold = {
        provider: "anthropic",
        model: "claude-sonnet-5",
        blocks: [blockOf("context", "One."), blockOf("context", "Two.")]
      } as const
      assert.deepStrictEqual(bodyOf(yield* resolve(anthropic, scaffold), scaffold), {
        model: "claude-sonnet-5",
        max_tokens: 8192,
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "One." },
              { type: "text", text: "\n\nTwo." }
            ]
          }
        ]
      })
    })
  )

  it.effect("gives the user the last block when all are stable", () =>
    Effect.gen(function* () {
      const scaffold = {
        provider: "anthropic",
        model: "claude-sonnet-5",
        blocks: example.slice(0, 2)
      } as const
      const rendering = yield* resolve(anthropic, scaffold)
      assert.deepInclude(bodyOf(rendering, scaffold), {
        messages: [
          {
            role: "user",
            content: [{ type: "text", text: '<style_guide id="ts">\nTwo spaces.\n</style_guide>' }]
          }
        ]
      })
      assert.strictEqual(rendering.cachePlan.stableBlocks, 1)
    })
  )

  it.effect("puts a blank context into its tag: the provider refuses a text of white space", () =>
    Effect.gen(function* () {
      const scaffold = {
        provider: "anthropic",
        model: "claude-sonnet-5",
        blocks: [blockOf("context", " \n")]
      } as const
      assert.deepInclude(bodyOf(yield* resolve(anthropic, scaffold), scaffold), {
        messages: [{ role: "user", content: [{ type: "text", text: "<context>\n \n\n</context>" }] }]
      })
    })
  )

  it.effect("escapes what would break out of the name in a tag", () =>
    Effect.gen(function* () {
      const scaffold = {
        provider: "anthropic",
        model: "claude-sonnet-5",
        blocks: [blockOf("style_guide", "x", 'a"><b>&\n\ud800')]
      } as const
      const rendering = yield* resolve(anthropic, scaffold)
      assert.include(
        JSON.stringify(bodyOf(rendering, scaffold)),
        JSON.stringify('<style_guide id="a&quot;&gt;&lt;b&gt;&amp;&#10;\ufffd">').slice(1, -1)
      )
    })
  )
})

describe("the request to OpenAI", () => {
  const big = example.map((block) => blockOf(block.type, block.content.padEnd(1000, "."), "n"))

  it.effect("marks the stable ends for models that take marks", () =>
    Effect.gen(function* () {
      const scaffold = { provider: "openai", model: "gpt-5.6-sol", blocks: big } as const
      const rendering = yield* resolve(openAi, scaffold)
      const texts = big.map((block, i) => {
        const { open, close } = frameOf(block, i === 0 || i === 3)
        return open + block.content + close
      })
      const mark = { prompt_cache_breakpoint: { mode: "explicit" } }
      const parsed = bodyOf(rendering, scaffold)
      assert.deepInclude(parsed, {
        model: "gpt-5.6-sol",
        store: false,
        prompt_cache_options: { mode: "explicit", ttl: "30m" },
        input: [
          {
            role: "developer",
            content: [
              // the tag brings the first one over the minimum of 1,024
              { type: "input_text", text: texts[0], ...mark },
              { type: "input_text", text: texts[1], ...mark },
              { type: "input_text", text: texts[2], ...mark }
            ]
          },
          { role: "user", content: [{ type: "input_text", text: texts[3] }] }
        ]
      })
      assert.match(JSON.stringify(parsed), /"prompt_cache_key":"aegis-[0-9a-f]{32}"/)
      assert.notProperty(parsed, "temperature")
      assert.strictEqual(rendering.cachePlan.breakpoints.at(-1)?.ttl, "30m")
    })
  )

  it.effect("forbids paid writes where there is nothing to mark", () =>
    Effect.gen(function* () {
      const scaffold = { provider: "openai", model: "gpt-6-luna", blocks: example } as const
      const rendering = yield* resolve(openAi, scaffold)
      const parsed = bodyOf(rendering, scaffold)
      assert.deepInclude(parsed, { prompt_cache_options: { mode: "explicit", ttl: "30m" } })
      assert.notInclude(JSON.stringify(parsed), "prompt_cache_breakpoint")
      assert.strictEqual(rendering.cachePlan.mode, "none")
    })
  )

  it.effect("leaves older models to their automatic cache and sends them a temperature", () =>
    Effect.gen(function* () {
      const scaffold = {
        provider: "openai",
        model: "gpt-4.1",
        blocks: big,
        temperature: 0.5,
        seed: 1
      } as const
      const rendering = yield* resolve(openAi, scaffold)
      const parsed = bodyOf(rendering, scaffold)
      assert.deepInclude(parsed, { temperature: 0.5 })
      assert.notProperty(parsed, "prompt_cache_options")
      assert.notProperty(parsed, "seed")
      assert.deepStrictEqual(codes(rendering), ["parameter-dropped"])
      assert.strictEqual(rendering.cachePlan.mode, "automatic")
      assert.isBelow(Option.getOrThrow(rendering.cost.warm), Option.getOrThrow(rendering.cost.cold))
    })
  )

  it.effect("has a cache key that changes with the requirements, the style guide and the tenant only", () =>
    Effect.gen(function* () {
      const keyOf = (blocks: Scaffold["blocks"], namespace = "default") =>
        Effect.map(
          resolve(openAi, { provider: "openai", model: "gpt-5", blocks }, { namespace }),
          (rendering) =>
            Reflect.get(
              Object(bodyOf(rendering, { provider: "openai", model: "", blocks })),
              "prompt_cache_key"
            ) as unknown
        )
      const first = yield* keyOf(example)
      assert.strictEqual(
        yield* keyOf([...example.slice(0, 3), blockOf("context", "Another question")]),
        first
      )
      assert.strictEqual(
        yield* keyOf([...example.slice(0, 2), blockOf("file_map", "src/b.ts"), ...example.slice(3)]),
        first
      )
      assert.notStrictEqual(
        yield* keyOf(example.slice(2)),
        yield* keyOf([blockOf("file_map", "b"), ...example.slice(3)])
      )
      assert.notStrictEqual(yield* keyOf([blockOf("requirements", "Be long."), ...example.slice(1)]), first)
      assert.notStrictEqual(yield* keyOf(example, "tenant"), first)
      assert.isUndefined(yield* keyOf(example.slice(3)))
    })
  )
})

describe("the request to a local server", () => {
  const scaffold = {
    provider: "vllm",
    model: "qwen3-8b",
    blocks: example,
    temperature: 0.2,
    seed: 7
  } as const
  const messages = [
    {
      role: "system",
      content:
        '<requirements>\nBe brief.\n</requirements>\n\n<style_guide id="ts">\nTwo spaces.\n</style_guide>\n\n<file_map>\nsrc/a.ts\n</file_map>'
    },
    { role: "user", content: 'What is "a"?' }
  ]

  it.effect("has one system and one user message and every parameter", () =>
    Effect.gen(function* () {
      for (const local of [vllm, sgLang]) {
        const rendering = yield* resolve(localSpec(local), scaffold)
        assert.strictEqual(rendering.format, `${local.provider}.chat/v1`)
        assert.deepStrictEqual(bodyOf(rendering, scaffold), {
          model: "qwen3-8b",
          temperature: 0.2,
          seed: 7,
          messages
        })
        assert.deepStrictEqual(rendering.warnings, [])
      }
    })
  )

  it.effect("salts the cache of a tenant with its name", () =>
    Effect.gen(function* () {
      for (const local of [vllm, sgLang]) {
        const rendering = yield* resolve(localSpec(local), scaffold, { namespace: "tenant-1" })
        assert.deepInclude(bodyOf(rendering, scaffold), { cache_salt: "tenant-1" })
      }
    })
  )

  it.effect("asks llama.cpp to keep the prompt, and tells that it cannot keep tenants apart", () =>
    Effect.gen(function* () {
      const rendering = yield* resolve(localSpec(llamaCpp), scaffold)
      assert.deepStrictEqual(bodyOf(rendering, scaffold), {
        model: "qwen3-8b",
        temperature: 0.2,
        seed: 7,
        cache_prompt: true,
        messages
      })
      assert.deepStrictEqual(codes(rendering), [])
      const tenant = yield* resolve(localSpec(llamaCpp), scaffold, { namespace: "tenant-1" })
      assert.deepStrictEqual(codes(tenant), ["cache-not-isolated"])
    })
  )
})

describe("strict rendering", () => {
  it.effect("refuses what the model does not take and renders what it does", () =>
    Effect.gen(function* () {
      const blocks = example
      const refused = yield* resolve(
        openAi,
        { provider: "openai", model: "gpt-5.6-sol", blocks, seed: 1 },
        { strict: true }
      ).pipe(Effect.flip)
      assert.deepInclude(refused, { _tag: "UnsupportedParameter", parameter: "seed", model: "gpt-5.6-sol" })
      yield* resolve(
        localSpec(vllm),
        { provider: "vllm", model: "m", blocks, seed: 1, temperature: 2 },
        { strict: true }
      )
    })
  )
})

/** All texts of a request in the order in which the model reads them. */
const textsOf = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return [value]
  if (Array.isArray(value)) return value.flatMap(textsOf)
  if (typeof value !== "object" || value === null) return []
  return ["system", "input", "messages", "content", "text"].flatMap((key) =>
    Object.hasOwn(value, key) ? textsOf(Reflect.get(value, key)) : []
  )
}

describe.each(specs)("any request", (spec, model) => {
  it.effect(`to ${spec.provider} is canonical and holds every block once, in order`, () =>
    Effect.gen(function* () {
      const { resolveScaffold } = yield* makeRenderer(spec).pipe(Effect.provide(services))
      yield* Effect.promise(() =>
        FastCheck.assert(
          FastCheck.asyncProperty(laidOut, async ({ blocks, layout }) => {
            const scaffold = scaffoldOf({ provider: spec.provider, model, blocks, layout })
            const rendering = await Effect.runPromise(
              resolveScaffold(scaffold, { namespace: "default", strict: true })
            )
            const sent = body(
              rendering.segments,
              blocks.map(({ content }) => content)
            )
            const parsed: unknown = JSON.parse(sent)
            assert.deepStrictEqual(canonicalJson(parsed), Either.right(sent))

            const stable = systemLength(blocks.map(({ type }) => type))
            const texts = blocks.map((block, i) => {
              const { open, close } = frameOf(block, i === 0 || i === stable)
              return open + block.content + close
            })
            assert.strictEqual(textsOf(parsed).join(""), texts.join(""))
            assert.deepStrictEqual(
              rendering.segments.filter((segment) => typeof segment === "number").toSorted((a, b) => a - b),
              [...blocks.keys()]
            )
            assert.strictEqual(rendering.tokens.perBlock.length, blocks.length)
          }),
          { numRuns: 60 }
        )
      )
    })
  )
})

describe("token counts", () => {
  const blocks = [blockOf("requirements", "12345"), blockOf("context", "1234567")]

  it.effect("are of the blocks with their tags, plus what the provider adds around messages", () =>
    Effect.gen(function* () {
      const rendering = yield* resolve(openAi, { provider: "openai", model: "gpt-5", blocks })
      const tag = "<requirements>\n\n</requirements>".length
      assert.deepStrictEqual(rendering.tokens, {
        source: "estimated",
        estimator: "gpt-tokenizer o200k_base",
        errorBand: 0.02,
        perBlock: [tokens(5 + tag), tokens(7)]
      })
      assert.strictEqual(rendering.tokenCount, 5 + tag + 7 + 11)
    })
  )

  it.effect("of Claude are scaled, and the estimate is named with its error band", () =>
    Effect.gen(function* () {
      const { estimateTokens } = yield* makeRenderer(anthropic)
      assert.deepStrictEqual(yield* estimateTokens("x".repeat(100), "claude-sonnet-5"), {
        source: "estimated",
        estimator: "gpt-tokenizer o200k_base x1.3 (estimate for Claude from 4.7)",
        errorBand: 0.2,
        perBlock: [tokens(130)]
      })
    }).pipe(Effect.provide(services))
  )

  const asked: Array<string> = []
  const server = {
    estimator: (model: string) => `vllm /tokenize ${model}`,
    tokenize: (text: string) => Effect.sync(() => tokens(asked.push(text) && 100))
  }

  it.effect("of a server that tokenises are its own, and asked for once per text", () =>
    Effect.gen(function* () {
      const { resolveScaffold } = yield* makeRenderer({ ...localSpec(vllm), server })
      const scaffold = scaffoldOf({ provider: "vllm", model: "m", blocks })
      const options = { namespace: "default", strict: false }
      const first = yield* resolveScaffold(scaffold, options)
      assert.deepStrictEqual(first.tokens, {
        source: "estimated",
        estimator: "vllm /tokenize m",
        errorBand: 0.02,
        perBlock: [tokens(200), tokens(100)]
      })
      const before = asked.length
      assert.deepStrictEqual((yield* resolveScaffold(scaffold, options)).tokens, first.tokens)
      assert.strictEqual(asked.length, before)
      assert.deepStrictEqual(
        asked.toSorted(),
        ["12345", "1234567", "<requirements>\n\n</requirements>"].toSorted()
      )
    }).pipe(Effect.provide(services))
  )

  it.effect("of a server that cannot be reached are estimated with a warning", () =>
    Effect.gen(function* () {
      const unreachable = new ProviderUnavailable({ provider: "vllm", model: "m", reason: "connection" })
      const rendering = yield* resolve(
        { ...localSpec(vllm), server: { ...server, tokenize: () => Effect.fail(unreachable) } },
        { provider: "vllm", model: "m", blocks }
      )
      assert.deepStrictEqual(codes(rendering), ["tokenizer-unreachable"])
      assert.include(rendering.warnings[0]?.message ?? "", unreachable.message)
      assert.strictEqual(rendering.tokens.perBlock[1], 7)
      assert.strictEqual(rendering.tokens.errorBand, 0.3)
    })
  )

  it.effect("of a server that does not answer are not waited for longer than five seconds", () =>
    Effect.gen(function* () {
      const resolving = yield* Effect.fork(
        resolve(
          { ...localSpec(vllm), server: { ...server, tokenize: () => Effect.never } },
          { provider: "vllm", model: "m", blocks }
        )
      )
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(codes(yield* Fiber.join(resolving)), ["tokenizer-unreachable"])
    })
  )
})

describe("costs", () => {
  const usage = {
    uncachedInput: tokens(100),
    cacheRead: Option.some(tokens(1000)),
    cacheWrite5m: Option.none(),
    cacheWrite1h: Option.none(),
    output: tokens(0),
    reasoning: Option.none()
  }

  it.effect("of a usage are told for each state of the provider's cache", () =>
    Effect.gen(function* () {
      const { estimateCost } = yield* makeRenderer(anthropic)
      const cost = yield* estimateCost(usage, "claude-sonnet-5")
      assert.deepStrictEqual(
        [cost.uncached, cost.cold, cost.warm].map((usd) => Math.round(Option.getOrThrow(usd) * 1e6)),
        [1100, 1100, 200]
      )
      assert.deepInclude(cost, { source: "test", version: "1", match: "exact" })
      const wrote = yield* estimateCost(
        { ...usage, cacheRead: Option.none(), cacheWrite1h: Option.some(tokens(1000)) },
        "claude-sonnet-5"
      )
      assert.deepStrictEqual(wrote.warm, cost.warm)
    }).pipe(Effect.provide(services))
  )
})
