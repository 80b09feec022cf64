/**
 * Prompts through the adapters' own rendering and HTTP, and what the model of the provider's cache makes of the requests that arrived. 25
 * conversations; `AEGIS_CONVERSATIONS=10000` makes them 835.
 */
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import { layer as providersLayer } from "../../../layers/providers/index.js"
import * as PriceListGenai from "../../../layers/PriceListGenai.js"
import * as TokenCounterGpt from "../../../layers/TokenCounterGpt.js"
import { uuidOf } from "../../../src/domain/Hash.js"
import type { ResolvedId } from "../../../src/domain/Ids.js"
import type { PromptBlock } from "../../../src/domain/PromptBlock.js"
import type { BuiltInProvider } from "../../../src/domain/Provider.js"
import type { ProviderRequest } from "../../../src/domain/ProviderRequest.js"
import { body as bodyOf } from "../../../src/prompt/render/segments.js"
import * as AegisConfig from "../../../src/services/AegisConfig.js"
import { Providers, type ProviderAdapter } from "../../../src/services/ProviderAdapter.js"
import * as TokenMemo from "../../../src/services/TokenMemo.js"
import type { BlockIds } from "../../../src/telemetry/simulator/PrefixCache.js"
import { rulesOf } from "../../../src/telemetry/simulator/rules.js"
import { usageOf } from "../../../src/telemetry/simulator/simulate.js"
import { makeSimulator } from "../../../src/telemetry/simulator/Simulator.js"
import { anthropicPositions } from "../../support/fakes/anthropic.js"
import { template, fakeAnthropic, fakeChat, fakeOpenAi } from "../../support/fakes/index.js"
import { openAiPositions } from "../../support/fakes/openai.js"
import type { Position } from "../../support/fakes/prefixCache.js"
import type { AnthropicRequest, ChatRequest, OpenAiRequest } from "../../support/fakes/sdkTypes.js"
import { cutInBlocks } from "../../telemetry/simulator/support/fakeCaches.js"
import { blockOf, scaffoldOf } from "../../prompt/render/support.js"

const conversations = Math.ceil(Number(process.env["AEGIS_CONVERSATIONS"] ?? 300) / 60)
const key = "sk-canary-77aa01"
const firstEventAfter = 2_000

const long = (sentence: string, times: number): string => `${sentence} `.repeat(times)
/** Versions of each block of a prompt; a conversation is a walk through them. */
const versions: Readonly<Record<"rules" | "style" | "files" | "question", ReadonlyArray<PromptBlock>>> = {
  rules: [1, 2].map((i) => blockOf("requirements", long(`Rule ${i}: cite the clause.`, 250))),
  style: [1, 2, 3].map((i) => blockOf("style_guide", long(`Use the active voice (${i}).`, 60), "prose")),
  files: [1, 2, 3].map((i) => blockOf("file_map", long(`src/domain/Hash${i}.ts`, 150))),
  question: [1, 2, 3, 4].map((i) => blockOf("context", `Who may read log ${i}?`))
}

const step = FastCheck.record({
  rules: FastCheck.constantFrom(0, 0, 0, 1),
  style: FastCheck.constantFrom(0, 0, 1, 2),
  files: FastCheck.nat(2),
  question: FastCheck.nat(3),
  pause: FastCheck.constantFrom(0, 500, 2_000, 60_000, 299_999, 300_000, 1_800_000, 3_600_000)
})
const walks = FastCheck.sample(FastCheck.array(step, { minLength: 2, maxLength: 6 }), conversations)

const models = {
  anthropic: "claude-sonnet-5",
  openai: "gpt-5.6",
  vllm: "qwen3-8b",
  sglang: "qwen3-8b",
  "llama-cpp": "qwen3-8b"
} as const

const fakeOf = (provider: BuiltInProvider, clock: { now: number }) =>
  provider === "anthropic"
    ? fakeAnthropic({ clock, key, firstEventAfter })
    : provider === "openai"
      ? fakeOpenAi({ clock, key, firstEventAfter })
      : fakeChat(provider, { clock, firstEventAfter })

const adapterOf = (provider: BuiltInProvider, url: string): Effect.Effect<ProviderAdapter> =>
  Effect.flatMap(Providers, (providers) => providers.get(provider)).pipe(
    Effect.provide(
      providersLayer.pipe(
        Layer.provide([TokenCounterGpt.layer, PriceListGenai.layer]),
        Layer.provide([
          AegisConfig.layer("/", {
            anthropicBaseUrl: url,
            openaiBaseUrl: `${url}/v1`,
            vllmBaseUrl: url,
            sglangBaseUrl: url,
            llamaCppBaseUrl: url
          }),
          TokenMemo.layerMemory
        ]),
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
    ),
    Effect.orDie
  )

/** The request that arrived, as a prefix cache sees it. The fakes have held it to the types of the SDKs. */
const seen = (
  provider: BuiltInProvider,
  received: unknown,
  sentAt: number
): { readonly request: ProviderRequest; readonly ids: BlockIds } => {
  const common = {
    sentAt,
    readableAt: sentAt + firstEventAfter,
    provider,
    model: models[provider],
    scope: ""
  }
  const cut = (positions: ReadonlyArray<Position>): ReturnType<typeof cutInBlocks> =>
    cutInBlocks(
      positions.map(({ bytes }) => ({ bytes, part: "messages" })),
      ""
    )
  const marksOf = (positions: ReadonlyArray<Position>): ProviderRequest["marks"] =>
    positions.flatMap(({ mark }, block) => (mark === undefined ? [] : [{ block, ttl: mark.ttl }]))
  if (provider === "anthropic" || provider === "openai") {
    const positions =
      provider === "anthropic"
        ? anthropicPositions(received as AnthropicRequest)
        : openAiPositions(received as OpenAiRequest)
    const { blocks, ids } = cut(positions)
    const named = provider === "openai" ? (received as OpenAiRequest).prompt_cache_key : undefined
    const routing = named == null ? {} : { routingKey: named }
    return { request: { ...common, mode: "breakpoints", blocks, marks: marksOf(positions), ...routing }, ids }
  }
  const { blocks, ids } = cut([{ bytes: template((received as ChatRequest).messages) }])
  return { request: { ...common, mode: "automatic", blocks, marks: [] }, ids }
}

describe.each(["anthropic", "openai", "vllm", "sglang", "llama-cpp"] as const)("of %s", (provider) => {
  it.scopedLive(
    "what rendered prompts read and write over HTTP is predicted to the token",
    () =>
      Effect.gen(function* () {
        const clock = { now: 1_750_000_000_000 }
        const fake = yield* fakeOf(provider, clock)
        const adapter = yield* adapterOf(provider, fake.url)
        const model = models[provider]
        const simulator = makeSimulator(Either.getOrThrow(rulesOf(provider, model)))
        let read = 0
        for (const walk of walks) {
          for (const { files, pause, question, rules, style } of walk) {
            clock.now += pause
            const blocks = [
              versions.rules[rules],
              versions.style[style],
              versions.files[files],
              versions.question[question]
            ].filter((block) => block !== undefined)
            const scaffold = scaffoldOf({ provider, model, blocks })
            const rendering = yield* adapter.resolveScaffold(scaffold, {
              namespace: "tenant-1",
              strict: true
            })
            const { usage } = yield* adapter.execute({
              id: uuidOf("resolved", scaffold.hash) as ResolvedId, // a UUID
              originalScaffold: scaffold,
              resolvedContent: bodyOf(
                rendering.segments,
                blocks.map(({ content }) => content)
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
            const { ids, request } = seen(provider, fake.requests.at(-1)?.body, clock.now)
            const predicted = simulator.next(request, ids)
            const expected = usageOf(predicted, usage.output)
            assert.deepStrictEqual(
              [usage.uncachedInput, usage.cacheRead],
              [expected.uncachedInput, expected.cacheRead]
            )
            if (provider === "anthropic" || provider === "openai") {
              assert.deepStrictEqual(usage.cacheWrite5m, expected.cacheWrite5m)
            }
            if (provider === "anthropic") assert.deepStrictEqual(usage.cacheWrite1h, expected.cacheWrite1h)
            read += predicted.read
          }
        }
        assert.isAbove(read, 0)
      }),
    600_000
  )
})
