/** What the tests of the wires share: a resolved request, prices, settings, and the five wires behind one name. */
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { makeAnthropicWireWith } from "../../../../layers/providers/wire/anthropic.js"
import { makeChatWire } from "../../../../layers/providers/wire/chat.js"
import { makeOpenAiWireWith } from "../../../../layers/providers/wire/openai.js"
import type { Wire, WireOptions } from "../../../../layers/providers/wire/Wire.js"
import type { ExecutionEvent, ExecutionResult } from "../../../../src/domain/Execution.js"
import { uuidOf } from "../../../../src/domain/Hash.js"
import type { BuiltInProvider } from "../../../../src/domain/Provider.js"
import { ResolvedScaffold } from "../../../../src/domain/ResolvedScaffold.js"
import { totalInput } from "../../../../src/domain/Usage.js"
import * as AegisConfig from "../../../../src/services/AegisConfig.js"
import { PriceList } from "../../../../src/services/PriceList.js"
import type { Usd } from "../../../../src/domain/Measures.js"
import {
  fakeAnthropic,
  fakeChat,
  fakeOpenAi,
  type Fake,
  type FakeAnthropicOptions,
  type FakeChatOptions,
  type FakeOpenAiOptions
} from "../../../support/fakes/index.js"

export const key = "sk-canary-4d1f0c"

/** A resolved scaffold around a body that is written by hand. */
export const resolvedOf = (provider: BuiltInProvider, model: string, body: object): ResolvedScaffold =>
  Schema.decodeSync(ResolvedScaffold)({
    id: uuidOf("resolved", JSON.stringify(body)),
    originalScaffold: {
      id: uuidOf("scaffold", JSON.stringify(body)),
      blocks: [],
      provider,
      model,
      temperature: 0,
      hash: "ab".repeat(32),
      createdAt: "2026-01-01T00:00:00Z",
      rulepacks: [],
      layout: "stable-first"
    },
    resolvedContent: JSON.stringify(body),
    providerFormat: "test/1",
    tokenCount: 10,
    estimatedCost: null,
    cacheHit: false,
    createdAt: "2026-01-01T00:00:00Z",
    outcome: "miss",
    tokens: { source: "estimated", estimator: "test", errorBand: 0.1, perBlock: [] },
    cost: { source: "test", version: "1", match: "exact", uncached: null, cold: null, warm: null },
    cachePlan: { mode: "none", minimumTokens: null, breakpoints: [], stableBlocks: 0, stableTokens: 0 },
    warnings: []
  })

/** One dollar per million tokens of any kind; models called "unpriced" are unknown. */
export const prices = Layer.succeed(PriceList, {
  version: "test-list 1",
  pricing: () => Effect.dieMessage("not asked for here"),
  price: (_provider, model, usage) =>
    Effect.succeed({
      source: "test-list",
      version: "1",
      money: Option.none(),
      match: model === "unpriced" ? ("unknown" as const) : ("exact" as const),
      amount:
        model === "unpriced"
          ? Option.none()
          : Option.some(((totalInput(usage) + usage.output) / 1_000_000) as Usd) // not negative: counts are not
    })
})

const stable = "Answer in one sentence and cite the clause you rely on. ".repeat(100)

/** For each provider a small request, and one whose stable part is marked for caching. */
export const requests = {
  anthropic: {
    model: "claude-opus-5-5",
    small: {
      max_tokens: 1000,
      messages: [{ content: "How do I rotate a key?", role: "user" }],
      model: "claude-opus-5-5"
    },
    cached: (question: string) => ({
      max_tokens: 1000,
      messages: [{ content: question, role: "user" }],
      model: "claude-opus-5-5",
      system: [{ cache_control: { ttl: "1h", type: "ephemeral" }, text: stable, type: "text" }]
    })
  },
  openai: {
    model: "gpt-5.6",
    small: { input: "How do I rotate a key?", model: "gpt-5.6" },
    cached: (question: string) => ({
      input: [
        {
          content: [{ prompt_cache_breakpoint: { mode: "explicit" }, text: stable, type: "input_text" }],
          role: "developer"
        },
        { content: [{ text: question, type: "input_text" }], role: "user" }
      ],
      model: "gpt-5.6",
      prompt_cache_key: "stable-1",
      prompt_cache_options: { mode: "explicit", ttl: "30m" }
    })
  }
}

const chatRequests = {
  model: "qwen3-8b",
  small: { messages: [{ content: "How do I rotate a key?", role: "user" }], model: "qwen3-8b" },
  cached: (question: string) => ({
    messages: [
      { content: stable, role: "system" },
      { content: question, role: "user" }
    ],
    model: "qwen3-8b"
  })
}

export const requestsOf = (
  provider: BuiltInProvider
): { readonly model: string; readonly small: object; readonly cached: (question: string) => object } =>
  provider === "anthropic" ? requests.anthropic : provider === "openai" ? requests.openai : chatRequests

export type FakeOptions = FakeAnthropicOptions & FakeOpenAiOptions & FakeChatOptions

export const fakeOf = (
  provider: BuiltInProvider,
  options: Partial<Record<keyof FakeOptions, unknown>> = {}
): Effect.Effect<Fake, never, Scope.Scope> =>
  provider === "anthropic"
    ? fakeAnthropic(options as FakeAnthropicOptions) // each fake reads the options that it knows
    : provider === "openai"
      ? fakeOpenAi(options as FakeOpenAiOptions)
      : fakeChat(provider, options as FakeChatOptions)

const fields = {
  anthropic: "anthropicBaseUrl",
  openai: "openaiBaseUrl",
  vllm: "vllmBaseUrl",
  sglang: "sglangBaseUrl",
  "llama-cpp": "llamaCppBaseUrl"
} as const

export const everyKey = new Map(
  ["ANTHROPIC", "OPENAI", "VLLM", "SGLANG", "LLAMA_CPP"].map((name) => [`${name}_API_KEY`, key])
)

/** Retries without waiting, for real sockets. */
export const impatient: WireOptions = { retry: { base: "1 millis", cap: "1 millis" } }

export interface WireSetup {
  readonly settings?: Parameters<typeof AegisConfig.layer>[1]
  readonly env?: ReadonlyMap<string, string>
  readonly options?: WireOptions
}

/** The wire of a provider, pointed at an address. */
export const wireOf = (
  provider: BuiltInProvider,
  url: string | undefined,
  setup: WireSetup = {}
): Effect.Effect<Wire> => {
  const options = { ...impatient, ...setup.options }
  const address = url === undefined ? {} : { [fields[provider]]: provider === "openai" ? `${url}/v1` : url }
  const made: Effect.Effect<Wire, never, AegisConfig.AegisConfig | PriceList> =
    provider === "anthropic"
      ? makeAnthropicWireWith(options)
      : provider === "openai"
        ? makeOpenAiWireWith(options)
        : makeChatWire({ provider, ...options })
  return made.pipe(
    Effect.provide(
      Layer.merge(prices, Layer.orDie(AegisConfig.layer("/", { ...address, ...setup.settings })))
    ),
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(setup.env ?? everyKey)))
  )
}

/** Runs a stream to its end: its text as it came, and its result. */
export const collect = <E>(
  stream: Stream.Stream<ExecutionEvent, E>
): Effect.Effect<{ readonly text: string; readonly result: ExecutionResult | undefined }, E> =>
  Stream.runFold(stream, { text: "", result: undefined as ExecutionResult | undefined }, (found, event) =>
    event._tag === "Text" ? { ...found, text: found.text + event.text } : { ...found, result: event.result }
  )

export const providers: ReadonlyArray<BuiltInProvider> = [
  "anthropic",
  "openai",
  "vllm",
  "sglang",
  "llama-cpp"
]
