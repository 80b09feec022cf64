/** OpenAI Responses through the official SDK. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type OpenAI from "openai"
import type { InputTokenCountParams } from "openai/resources/responses/input-tokens"
import type {
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseCreateParamsStreaming,
  ResponseStreamEvent
} from "openai/resources/responses/responses"
import type { TokenCount } from "../../../src/domain/Measures.js"
import type { AuthFailed } from "../../../src/domain/ProviderErrors.js"
import { AegisConfig } from "../../../src/services/AegisConfig.js"
import type { PriceList } from "../../../src/services/PriceList.js"
import { finishReason, type Answer, type Reader } from "./Answer.js"
import { bodyOf, pick, paramsOf } from "./body.js"
import { makeCalls, type Protocol } from "./call.js"
import { ReportedFault } from "./fault.js"
import { healthOf, listOf } from "./health.js"
import { keyFor, keyOf, variables } from "./keys.js"
import { fromResponses } from "../../../src/telemetry/usage.js"
import { networkOf, sdkOptions, type Wire, type WireOptions } from "./Wire.js"

/** What counting takes of a request. */
const counted = ["model", "input", "instructions", "tools", "tool_choice", "text", "reasoning", "truncation"]

const partsOf = (response: Response): ReadonlyArray<{ readonly text: string; readonly refused: boolean }> =>
  response.output.flatMap((item) =>
    item.type === "message"
      ? item.content.map((part) =>
          part.type === "output_text"
            ? { text: part.text, refused: false }
            : { text: part.refusal, refused: true }
        )
      : []
  )

/** A response that failed has status 200 and its error inside. */
const answerOf = (response: Response): Answer => {
  if (response.status === "failed" || response.status === "cancelled") {
    throw new ReportedFault(response.error ?? { code: "server_error" })
  }
  const parts = partsOf(response)
  return {
    content: parts.map((part) => part.text).join(""),
    model: response.model,
    finishReason: parts.some((part) => part.refused)
      ? "refusal"
      : finishReason(response.incomplete_details?.reason ?? response.status ?? "unknown"),
    responseId: response.id,
    usage: fromResponses(response.usage),
    serviceTier: response.service_tier ?? undefined,
    warnings: []
  }
}

const makeReader = (): Reader<ResponseStreamEvent> => {
  let answer: Answer | undefined
  return {
    take: (event) => {
      switch (event.type) {
        case "response.output_text.delta":
        case "response.refusal.delta":
          return event.delta
        case "response.completed":
        case "response.incomplete":
        case "response.failed":
          answer = answerOf(event.response)
          return ""
        case "error":
          throw new ReportedFault({ code: event.code, param: event.param, message: event.message })
        default:
          return ""
      }
    },
    answer: () => answer
  }
}

/** The wire to OpenAI, with parts of its retry policy or its `fetch` replaced. */
export const makeOpenAiWireWith = (
  options: WireOptions
): Effect.Effect<Wire, never, AegisConfig | PriceList> =>
  Effect.gen(function* () {
    const { settings } = yield* AegisConfig
    const baseURL = settings.openaiBaseUrl ?? "https://api.openai.com/v1"
    const key = yield* keyOf("openai")
    const network = yield* networkOf(options)

    const connect = (key: Redacted.Redacted): Effect.Effect<OpenAI> =>
      Effect.zipWith(
        Effect.promise(() => import("openai")),
        network,
        (sdk, fetch) =>
          new sdk.OpenAI({
            apiKey: Redacted.value(key),
            baseURL,
            ...sdkOptions(settings.timeoutMs, fetch)
          })
      )
    const client = (model: string): Effect.Effect<OpenAI, AuthFailed> =>
      Effect.flatMap(keyFor("openai", model, key), connect)

    const protocol: Protocol<OpenAI, ResponseStreamEvent> = {
      provider: "openai",
      address: baseURL,
      maxTokens: "max_output_tokens",
      streaming: { stream: true },
      client,
      send: async (sdk, body, signal) =>
        answerOf(await sdk.responses.create(paramsOf<ResponseCreateParamsNonStreaming>(body), { signal })),
      open: (sdk, body, signal) =>
        sdk.responses.create(paramsOf<ResponseCreateParamsStreaming>(body), { signal }),
      reader: makeReader
    }

    const { ask, execute, stream } = yield* makeCalls(protocol, options)
    return {
      byFetch: options.fetch === undefined,
      execute,
      stream,
      countTokens: Option.some(
        Effect.fn("OpenAi.countTokens")(function* (resolved) {
          const body = paramsOf<InputTokenCountParams>(pick(yield* bodyOf(resolved), counted))
          const count = yield* ask(resolved, (sdk, signal) =>
            sdk.responses.inputTokens.count(body, { signal })
          )
          return count.input_tokens as TokenCount // the provider counts tokens in whole numbers
        })
      ),
      health: Option.match(key, {
        onNone: () => Effect.succeed({ status: "unconfigured" as const, detail: `set ${variables.openai}` }),
        onSome: (found) =>
          healthOf({
            provider: "openai",
            address: baseURL,
            ask: connect(found).pipe(
              Effect.flatMap((sdk) =>
                Effect.tryPromise({
                  try: (signal) => sdk.models.list({ signal }),
                  catch: (thrown) => thrown
                })
              ),
              Effect.map((page) => listOf(page.data.map((model) => model.id)))
            )
          })
      })
    }
  })

/** The wire to OpenAI as the settings have it. */
export const makeOpenAiWire: Effect.Effect<Wire, never, AegisConfig | PriceList> = makeOpenAiWireWith({})
