/** Anthropic Messages through the official SDK. */
import type Anthropic from "@anthropic-ai/sdk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { TokenCount } from "../../../src/domain/Measures.js"
import type { AuthFailed } from "../../../src/domain/ProviderErrors.js"
import { AegisConfig } from "../../../src/services/AegisConfig.js"
import type { PriceList } from "../../../src/services/PriceList.js"
import { finishReason, type Answer, type Reader } from "./Answer.js"
import { bodyOf, pick, paramsOf } from "./body.js"
import { makeCalls, type Protocol } from "./call.js"
import { healthOf, listOf } from "./health.js"
import { keyFor, keyOf, variables } from "./keys.js"
import { fromAnthropic, overwrite, type Counters } from "../../../src/telemetry/usage.js"
import { networkOf, sdkOptions, type Wire, type WireOptions } from "./Wire.js"

/** What counting takes of a request. */
const counted = ["model", "system", "messages", "tools", "tool_choice", "thinking", "cache_control"]

const textOf = (content: ReadonlyArray<Anthropic.ContentBlock>): string =>
  content.map((block) => (block.type === "text" ? block.text : "")).join("")

const answerOf = (message: Anthropic.Message, content: string, usage: Counters): Answer => ({
  content,
  model: message.model,
  finishReason: finishReason(message.stop_reason ?? "unknown"),
  responseId: message.id,
  usage: fromAnthropic(usage),
  serviceTier: message.usage.service_tier ?? undefined,
  warnings: []
})

const makeReader = (): Reader<Anthropic.RawMessageStreamEvent> => {
  let message: Anthropic.Message | undefined
  let usage: Counters = {}
  let ended = false
  const texts: Array<string> = []
  return {
    take: (event) => {
      switch (event.type) {
        case "message_start":
          message = event.message
          usage = overwrite({}, event.message.usage)
          return ""
        case "content_block_start":
          if (event.content_block.type !== "text") return ""
          texts.push(event.content_block.text)
          return event.content_block.text
        case "content_block_delta":
          if (event.delta.type !== "text_delta") return ""
          texts.push(event.delta.text)
          return event.delta.text
        case "message_delta":
          if (message !== undefined) message = { ...message, stop_reason: event.delta.stop_reason }
          usage = overwrite(usage, event.usage)
          return ""
        case "message_stop":
          ended = true
          return ""
        default:
          // kinds of events that came after this SDK say nothing about the text
          return ""
      }
    },
    usage: () => (message === undefined ? Option.none() : fromAnthropic(usage)),
    answer: () => (ended && message !== undefined ? answerOf(message, texts.join(""), usage) : undefined)
  }
}

/** The wire to Anthropic, with parts of its retry policy or its `fetch` replaced. */
export const makeAnthropicWireWith = (
  options: WireOptions
): Effect.Effect<Wire, never, AegisConfig | PriceList> =>
  Effect.gen(function* () {
    const { settings } = yield* AegisConfig
    const baseURL = (settings.anthropicBaseUrl ?? "https://api.anthropic.com").replace(/(\/v1)?\/*$/, "")
    const key = yield* keyOf("anthropic")
    const network = yield* networkOf(options)

    const connect = (key: Redacted.Redacted): Effect.Effect<Anthropic> =>
      Effect.zipWith(
        Effect.promise(() => import("@anthropic-ai/sdk")),
        network,
        (sdk, fetch) =>
          new sdk.Anthropic({
            apiKey: Redacted.value(key),
            baseURL,
            ...sdkOptions(settings.timeoutMs, fetch)
          })
      )
    const client = (model: string): Effect.Effect<Anthropic, AuthFailed> =>
      Effect.flatMap(keyFor("anthropic", model, key), connect)

    const protocol: Protocol<Anthropic, Anthropic.RawMessageStreamEvent> = {
      provider: "anthropic",
      address: baseURL,
      maxTokens: "max_tokens",
      streaming: { stream: true },
      client,
      send: async (sdk, body, signal) => {
        const message = await sdk.messages.create(paramsOf<Anthropic.MessageCreateParamsNonStreaming>(body), {
          signal
        })
        return answerOf(message, textOf(message.content), overwrite({}, message.usage))
      },
      open: (sdk, body, signal) =>
        sdk.messages.create(paramsOf<Anthropic.MessageCreateParamsStreaming>(body), { signal }),
      reader: makeReader
    }

    const { ask, execute, stream } = yield* makeCalls(protocol, options)
    return {
      byFetch: options.fetch === undefined,
      execute,
      stream,
      countTokens: Option.some(
        Effect.fn("Anthropic.countTokens")(function* (resolved) {
          const body = paramsOf<Anthropic.MessageCountTokensParams>(pick(yield* bodyOf(resolved), counted))
          const count = yield* ask(resolved, (sdk, signal) => sdk.messages.countTokens(body, { signal }))
          return count.input_tokens as TokenCount // the provider counts tokens in whole numbers
        })
      ),
      health: Option.match(key, {
        onNone: () =>
          Effect.succeed({ status: "unconfigured" as const, detail: `set ${variables.anthropic}` }),
        onSome: (found) =>
          healthOf({
            provider: "anthropic",
            address: baseURL,
            ask: connect(found).pipe(
              Effect.flatMap((sdk) =>
                Effect.tryPromise({
                  try: (signal) => sdk.models.list({ limit: 100 }, { signal }),
                  catch: (thrown) => thrown
                })
              ),
              Effect.map((page) => listOf(page.data.map((model) => model.id)))
            )
          })
      })
    }
  })

/** The wire to Anthropic as the settings have it. */
export const makeAnthropicWire: Effect.Effect<Wire, never, AegisConfig | PriceList> = makeAnthropicWireWith(
  {}
)
