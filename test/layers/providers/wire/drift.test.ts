import { describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { assert } from "vitest"
import * as ProvidersLive from "../../../../layers/providers/index.js"
import { makeWith } from "../../../../layers/TokenCounterGpt.js"
import type { BlockType } from "../../../../src/domain/PromptBlock.js"
import type { BuiltInProvider } from "../../../../src/domain/Provider.js"
import type { ResolvedScaffold } from "../../../../src/domain/ResolvedScaffold.js"
import { body } from "../../../../src/prompt/render/segments.js"
import * as AegisConfig from "../../../../src/services/AegisConfig.js"
import { Providers } from "../../../../src/services/ProviderAdapter.js"
import { TokenCounter } from "../../../../src/services/TokenCounter.js"
import * as TokenMemo from "../../../../src/services/TokenMemo.js"
import {
  contracts,
  fakeAnthropic,
  fakeChat,
  fakeOpenAi,
  type ContractName
} from "../../../support/fakes/index.js"
import { blockOf, laidOut, scaffoldOf } from "../../../prompt/render/support.js"
import { collect, everyKey, key, prices, providers, resolvedOf } from "./support.js"

/** The real adapters; their token counts are the characters, so that prefixes are long enough to be marked. */
const adapters = (settings: Parameters<typeof AegisConfig.layer>[1] = {}) =>
  Effect.flatMap(Providers, (registry) => registry.all).pipe(
    Effect.map((all) => new Map(all.map((adapter) => [adapter.name, adapter]))),
    Effect.provide(ProvidersLive.layer),
    Effect.provide(
      Layer.mergeAll(
        prices,
        AegisConfig.layer("/", settings),
        Layer.effect(
          TokenCounter,
          makeWith(() => Effect.succeed((text) => text.length))
        ).pipe(Layer.provide(TokenMemo.layerMemory))
      )
    ),
    Effect.withConfigProvider(ConfigProvider.fromMap(everyKey))
  )

const models: Readonly<Record<BuiltInProvider, ReadonlyArray<string>>> = {
  anthropic: ["claude-opus-5-5", "claude-sonnet-4-5", "claude-3-haiku-20240307", "claude-next"],
  openai: ["gpt-6-sol", "gpt-5.6", "gpt-5.1", "gpt-4.1", "o3", "gpt-next"],
  vllm: ["qwen3-8b"],
  sglang: ["qwen3-8b"],
  "llama-cpp": ["qwen3-8b"]
}

const contractOf: Readonly<Record<BuiltInProvider, ContractName>> = {
  anthropic: "AnthropicRequest",
  openai: "OpenAiRequest",
  vllm: "ChatRequest",
  sglang: "ChatRequest",
  "llama-cpp": "ChatRequest"
}

/** What local servers take beyond OpenAI's API. */
const own = new Set(["cache_salt", "extra_key", "cache_prompt"])

const render = (
  all: Effect.Effect.Success<ReturnType<typeof adapters>>,
  provider: BuiltInProvider,
  scaffold: Omit<Parameters<typeof scaffoldOf>[0], "provider">,
  namespace = "default"
) =>
  Effect.gen(function* () {
    const adapter = yield* Effect.fromNullable(all.get(provider))
    const full = scaffoldOf({ ...scaffold, provider })
    const { segments } = yield* adapter.resolveScaffold(full, { namespace, strict: false })
    const contents = full.blocks.map(({ content }) => content)
    const rendered = body(segments, contents)
    const resolved: ResolvedScaffold = {
      ...resolvedOf(provider, full.model, {}),
      originalScaffold: full,
      resolvedContent: rendered
    }
    // a body is an object: that it is a right one is what is tested
    return { adapter, resolved, request: JSON.parse(rendered) as Record<string, unknown> }
  })

const long = "Answer in one sentence and cite the clause you rely on. ".repeat(120)
const stable: ReadonlyArray<readonly [BlockType, string]> = [
  ["requirements", long],
  ["style_guide", `Two spaces. ${long}`],
  ["file_map", `src/a.ts ${long}`]
]
const asking = (question: string) => [
  ...stable.map(([type, content]) => blockOf(type, content)),
  blockOf("context", question)
]

describe("every request that is rendered", () => {
  it.effect.prop(
    "is one that the pinned SDKs' types allow",
    [laidOut],
    ([{ blocks, layout }]) =>
      Effect.gen(function* () {
        const check = yield* contracts
        const all = yield* adapters()
        for (const provider of providers) {
          for (const model of models[provider]) {
            for (const extra of [{}, { temperature: 0.5, seed: 7 }]) {
              const { request } = yield* render(all, provider, { blocks, layout, model, ...extra }, "tenant")
              const shared = Object.fromEntries(Object.entries(request).filter(([name]) => !own.has(name)))
              assert.isUndefined(check(contractOf[provider], shared), `${provider} ${model}`)
            }
          }
        }
      }),
    { fastCheck: { numRuns: 20 } }
  )

  for (const provider of providers) {
    it.scopedLive(
      `to ${provider} is taken by its server, and its stable blocks are read from the cache`,
      () =>
        Effect.gen(function* () {
          const model = models[provider][0] ?? ""
          const fake = yield* provider === "anthropic"
            ? fakeAnthropic({ key, models: [model] })
            : provider === "openai"
              ? fakeOpenAi({ key, models: [model] })
              : fakeChat(provider, { key, model })
          const all = yield* adapters({
            anthropicBaseUrl: fake.url,
            openaiBaseUrl: `${fake.url}/v1`,
            vllmBaseUrl: fake.url,
            sglangBaseUrl: fake.url,
            llamaCppBaseUrl: fake.url,
            maxRetries: 0
          })
          const first = yield* render(all, provider, { blocks: asking("Who?"), model })
          const second = yield* render(all, provider, { blocks: asking("Where?"), model })
          const cold = yield* first.adapter.execute(first.resolved)
          const warm = yield* collect(second.adapter.stream(second.resolved))
          assert.deepStrictEqual(cold.usage.cacheRead, Option.some(0))
          // all that is stable, but for what the provider puts between it and the question
          const sizeOfStable = stable.reduce((sum, [, content]) => sum + content.length, 0) / 4
          const read = Option.getOrElse(warm.result?.usage.cacheRead ?? Option.none(), () => 0)
          assert.isAbove(read, sizeOfStable * 0.98)
          if (provider === "anthropic" || provider === "openai") {
            const written = [cold.usage.cacheWrite5m, cold.usage.cacheWrite1h]
            const sum = written.reduce((tokens, part) => tokens + Option.getOrElse(part, () => 0), 0)
            assert.strictEqual(sum, read)
          }
        })
    )
  }

  it.scopedLive("keeps tenants apart at the servers that are shared by them", () =>
    Effect.gen(function* () {
      for (const provider of ["vllm", "sglang"] as const) {
        const model = "qwen3-8b"
        const fake = yield* fakeChat(provider, { model })
        const all = yield* adapters({ vllmBaseUrl: fake.url, sglangBaseUrl: fake.url })
        const reads: Array<number> = []
        for (const tenant of ["one", "two", "one"]) {
          const { adapter, resolved } = yield* render(
            all,
            provider,
            { blocks: asking("Who?"), model },
            tenant
          )
          const { usage } = yield* adapter.execute(resolved)
          reads.push(Option.getOrElse(usage.cacheRead, () => -1))
        }
        assert.deepStrictEqual(reads.slice(0, 2), [0, 0])
        assert.isAbove(reads[2] ?? 0, 1000)
      }
    })
  )
})

describe("the contract refuses", () => {
  const message = { role: "user", content: "Who?" }
  const anthropic = { model: "claude-opus-5-5", max_tokens: 5, messages: [message] }
  const openai = { model: "gpt-5.6", input: "Who?" }
  const chat = { model: "qwen3-8b", messages: [message] }
  const marked = (cache_control: object) => ({
    ...anthropic,
    system: [{ type: "text", text: "Be brief.", cache_control }]
  })
  const wrong: ReadonlyArray<readonly [string, ContractName, object]> = [
    ["a temperature for Anthropic", "AnthropicRequest", { ...anthropic, temperature: 0.5 }],
    ["a time to live that Anthropic has not", "AnthropicRequest", marked({ type: "ephemeral", ttl: "10m" })],
    ["a kind of mark that Anthropic has not", "AnthropicRequest", marked({ type: "permanent" })],
    ["no max_tokens for Anthropic", "AnthropicRequest", { model: "claude-opus-5-5", messages: [message] }],
    ["a seed for Anthropic", "AnthropicRequest", { ...anthropic, seed: 1 }],
    ["max_tokens where Anthropic counts", "AnthropicCountRequest", anthropic],
    ["a seed for Responses", "OpenAiRequest", { ...openai, seed: 1 }],
    ["messages for Responses", "OpenAiRequest", { ...openai, messages: [message] }],
    ["a mark of the wrong mode", "OpenAiRequest", { ...openai, prompt_cache_options: { mode: "always" } }],
    ["a salt in OpenAI's own chat", "ChatRequest", { ...chat, cache_salt: "a" }],
    ["a role that chat has not", "ChatRequest", { ...chat, messages: [{ role: "boss", content: "Who?" }] }]
  ]
  it.effect.each(wrong)("%s", ([, contract, request]) =>
    Effect.gen(function* () {
      const check = yield* contracts
      assert.isString(check(contract, request))
    })
  )

  it.effect("nothing of what it is right to send", () =>
    Effect.gen(function* () {
      const check = yield* contracts
      assert.isUndefined(check("AnthropicRequest", anthropic))
      assert.isUndefined(check("AnthropicRequest", marked({ type: "ephemeral", ttl: "1h" })))
      assert.isUndefined(check("OpenAiRequest", openai))
      assert.isUndefined(check("ChatRequest", chat))
    })
  )
})
