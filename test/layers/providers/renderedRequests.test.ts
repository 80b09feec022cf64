import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { layer as providersLayer } from "../../../layers/providers/index.js"
import * as PriceListGenai from "../../../layers/PriceListGenai.js"
import * as TokenCounterGpt from "../../../layers/TokenCounterGpt.js"
import { uuidOf } from "../../../src/domain/Hash.js"
import type { ResolvedId } from "../../../src/domain/Ids.js"
import type { PromptBlock } from "../../../src/domain/PromptBlock.js"
import type { PromptScaffold } from "../../../src/domain/PromptScaffold.js"
import type { BuiltInProvider } from "../../../src/domain/Provider.js"
import type { ResolvedScaffold } from "../../../src/domain/ResolvedScaffold.js"
import { totalInput, type Usage } from "../../../src/domain/Usage.js"
import { body } from "../../../src/prompt/render/segments.js"
import * as AegisConfig from "../../../src/services/AegisConfig.js"
import { Providers, type ProviderAdapter, type Rendering } from "../../../src/services/ProviderAdapter.js"
import * as TokenMemo from "../../../src/services/TokenMemo.js"
import { fakeAnthropic, fakeChat, fakeOpenAi } from "../../support/fakes/index.js"
import { blockOf, scaffoldOf } from "../../prompt/render/support.js"

const key = "sk-canary-77aa01"

const adapters = (settings: Parameters<typeof AegisConfig.layer>[1]) =>
  providersLayer.pipe(
    Layer.provide([TokenCounterGpt.layer, PriceListGenai.layer]),
    Layer.provide([AegisConfig.layer("/", settings), TokenMemo.layerMemory]),
    Layer.provide(
      Layer.setConfigProvider(
        ConfigProvider.fromMap(
          new Map([
            ["ANTHROPIC_API_KEY", key],
            ["OPENAI_API_KEY", key]
          ])
        )
      )
    )
  )

const adapterOf = (name: BuiltInProvider, settings: Parameters<typeof AegisConfig.layer>[1]) =>
  Effect.flatMap(Providers, (providers) => providers.get(name)).pipe(Effect.provide(adapters(settings)))

const long = (sentence: string) => `${sentence} `.repeat(200)
const requirements = blockOf("requirements", long("Answer in one sentence and cite the clause."))
const style = blockOf("style_guide", long("Prefer the active voice, and short words."), "prose")
const files = blockOf("file_map", long("src/domain/Hash.ts"))
const edited = blockOf("file_map", long("src/domain/Hash.ts src/domain/Ids.ts"))
const question = (text: string) => blockOf("context", text)

const resolvedOf = (scaffold: PromptScaffold, rendering: Rendering): ResolvedScaffold => ({
  id: uuidOf("resolved", scaffold.hash) as ResolvedId, // a UUID
  originalScaffold: scaffold,
  resolvedContent: body(
    rendering.segments,
    scaffold.blocks.map(({ content }) => content)
  ),
  providerFormat: rendering.format,
  tokenCount: rendering.tokenCount,
  estimatedCost: rendering.cost.cold,
  cacheHit: false,
  createdAt: scaffold.createdAt,
  outcome: "miss",
  tokens: rendering.tokens,
  cost: rendering.cost,
  cachePlan: rendering.cachePlan,
  warnings: rendering.warnings
})

const run = (adapter: ProviderAdapter, model: string, blocks: ReadonlyArray<PromptBlock>) =>
  Effect.gen(function* () {
    const scaffold = scaffoldOf({ provider: adapter.name, model, blocks })
    const rendering = yield* adapter.resolveScaffold(scaffold, { namespace: "tenant-1", strict: true })
    const { usage } = yield* adapter.execute(resolvedOf(scaffold, rendering))
    return { rendering, usage, ...classes(usage) }
  })

const classes = (usage: Usage) => ({
  read: Option.getOrElse(usage.cacheRead, () => 0),
  write5m: Option.getOrElse(usage.cacheWrite5m, () => 0),
  write1h: Option.getOrElse(usage.cacheWrite1h, () => 0)
})

describe("a rendered request", () => {
  it.scopedLive("is read from Anthropic's cache up to the first block that changed", () =>
    Effect.gen(function* () {
      const fake = yield* fakeAnthropic({ key, models: ["claude-opus-5"] })
      const adapter = yield* adapterOf("anthropic", { anthropicBaseUrl: fake.url })
      const ask = (...blocks: ReadonlyArray<PromptBlock>) => run(adapter, "claude-opus-5", blocks)

      const cold = yield* ask(requirements, style, files, question("Who may read the log?"))
      const warm = yield* ask(requirements, style, files, question("What does a retry cost?"))
      const changed = yield* ask(requirements, style, edited, question("What does a retry cost?"))

      assert.strictEqual(cold.read, 0)
      assert.isAbove(cold.write1h, 1024)
      assert.isAbove(cold.write5m, 512)
      assert.strictEqual(warm.read, cold.write1h + cold.write5m)
      assert.deepStrictEqual([warm.write5m, warm.write1h], [0, 0])
      assert.strictEqual(changed.read, cold.write1h)
      assert.isAbove(changed.write5m, 0)
    })
  )

  it.scopedLive("is read from OpenAI's cache up to the first block that changed", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOpenAi({ key, models: ["gpt-5.6-sol"] })
      const adapter = yield* adapterOf("openai", { openaiBaseUrl: `${fake.url}/v1` })
      const ask = (...blocks: ReadonlyArray<PromptBlock>) => run(adapter, "gpt-5.6-sol", blocks)

      const cold = yield* ask(requirements, style, files, question("Who may read the log?"))
      const warm = yield* ask(requirements, style, files, question("What does a retry cost?"))
      const changed = yield* ask(requirements, style, edited, question("What does a retry cost?"))

      assert.deepStrictEqual([cold.read, warm.write5m], [0, 0])
      assert.isAbove(cold.write5m, 2048)
      assert.strictEqual(warm.read, cold.write5m)
      assert.isAbove(changed.read, 1024)
      assert.strictEqual(
        changed.read + changed.write5m,
        totalInput(changed.usage) - changed.usage.uncachedInput
      )
    })
  )

  it.scopedLive("that is too short for OpenAI's cache pays for no write", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOpenAi({ key, models: ["gpt-5.6-sol"] })
      const adapter = yield* adapterOf("openai", { openaiBaseUrl: `${fake.url}/v1` })
      const short = blockOf("requirements", "Be brief.")
      const cold = yield* run(adapter, "gpt-5.6-sol", [short, question(long("Who may read the log?"))])
      assert.deepStrictEqual([cold.read, cold.write5m, cold.write1h], [0, 0, 0])
      assert.strictEqual(cold.rendering.cachePlan.mode, "none")
    })
  )

  it.scopedLive.each([
    ["vllm", "vllmBaseUrl"],
    ["sglang", "sglangBaseUrl"],
    ["llama-cpp", "llamaCppBaseUrl"]
  ] as const)("to %s is counted by its tokenizer and read from its cache", ([name, setting]) =>
    Effect.gen(function* () {
      const fake = yield* fakeChat(name, { model: "qwen3-8b", reportsCache: true })
      const adapter = yield* adapterOf(name, { [setting]: fake.url })
      const ask = (...blocks: ReadonlyArray<PromptBlock>) => run(adapter, "qwen3-8b", blocks)

      const cold = yield* ask(requirements, style, files, question("Who may read the log?"))
      const warm = yield* ask(requirements, style, files, question("What does a retry cost?"))

      assert.strictEqual(cold.rendering.tokens.estimator, `${name} /tokenize qwen3-8b`)
      assert.approximately(cold.rendering.tokenCount, totalInput(cold.usage), 30)
      assert.strictEqual(cold.read, 0)
      assert.isAtLeast(warm.read, warm.rendering.cachePlan.stableTokens - 20)
      const tokenized = fake.requests.filter(({ path }) => path === "/tokenize").length
      // three stable blocks, their three tags and two questions: nothing is counted twice
      assert.strictEqual(tokenized, 8)
    })
  )

  it.scopedLive("is estimated where the configured server is not there", () =>
    Effect.gen(function* () {
      // nothing listens on port 1
      const adapter = yield* adapterOf("vllm", { vllmBaseUrl: "http://127.0.0.1:1" })
      const rendering = yield* adapter.resolveScaffold(
        scaffoldOf({ provider: "vllm", model: "qwen3-8b", blocks: [question("Hello?")] }),
        { namespace: "default", strict: false }
      )
      assert.deepStrictEqual(
        rendering.warnings.map(({ code }) => code),
        ["tokenizer-unreachable"]
      )
      assert.include(rendering.tokens.estimator, "o200k_base")
    })
  )
})

describe("the registry", () => {
  it.effect("holds the five providers with their formats and versions", () =>
    Effect.gen(function* () {
      const providers = yield* Effect.flatMap(Providers, ({ all }) => all).pipe(Effect.provide(adapters({})))
      assert.deepStrictEqual(
        providers.map(({ format, name, version }) => `${name} ${format} ${version}`),
        [
          "openai openai.responses/v1 1",
          "anthropic anthropic.messages/2026-10-21 1",
          "vllm vllm.chat/v1 1",
          "sglang sglang.chat/v1 1",
          "llama-cpp llama-cpp.chat/v1 1"
        ]
      )
      for (const { name, models } of providers) {
        assert.strictEqual(models.length > 0, name === "openai" || name === "anthropic")
      }
    })
  )
})
