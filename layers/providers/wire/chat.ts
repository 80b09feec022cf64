/** vLLM, SGLang and llama.cpp: chat completions through the OpenAI SDK, the rest over their native endpoints. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type OpenAI from "openai"
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming
} from "openai/resources/chat/completions"
import { AegisConfig } from "../../../src/services/AegisConfig.js"
import type { PriceList } from "../../../src/services/PriceList.js"
import { finishReason, type Answer, type Reader } from "./Answer.js"
import { paramsOf } from "./body.js"
import { makeCalls, type Protocol } from "./call.js"
import { healthOf, listOf } from "./health.js"
import { keyOf } from "./keys.js"
import { makeLocal, type LocalProvider } from "./local.js"
import { makeNative, nestingErrors } from "./native.js"
import { fromChat } from "../../../src/telemetry/usage.js"
import { networkOf, sdkOptions, type ChatWire, type WireOptions } from "./Wire.js"

export interface ChatWireOptions extends WireOptions {
  readonly provider: LocalProvider
}

const reports: Readonly<Record<LocalProvider, string | undefined>> = {
  vllm: "--enable-prompt-tokens-details",
  sglang: "--enable-cache-report",
  "llama-cpp": undefined
}

/** Servers report cached tokens only when started with a flag: without it a hit cannot be told from a miss. */
const warningsOf = (provider: LocalProvider, usage: Answer["usage"]): Answer["warnings"] => {
  const flag = reports[provider]
  return flag !== undefined && Option.isSome(usage) && Option.isNone(usage.value.cacheRead)
    ? [
        {
          code: "cache-not-reported",
          message: `${provider} does not report cached tokens. Start the server with ${flag}.`
        }
      ]
    : []
}

/** llama.cpp sends its timings beside the usage; the SDK's types do not know them. */
const timingsOf = (answer: object): unknown => Reflect.get(answer, "timings") as unknown

const answerOf = (provider: LocalProvider, completion: ChatCompletion): Answer => {
  const choice = completion.choices[0]
  const usage = fromChat(completion.usage, timingsOf(completion))
  const refusal = choice?.message.refusal ?? undefined
  return {
    content: choice?.message.content ?? refusal ?? "",
    model: completion.model,
    finishReason: refusal === undefined ? finishReason(choice?.finish_reason ?? "unknown") : "refusal",
    responseId: completion.id,
    usage,
    serviceTier: undefined,
    warnings: warningsOf(provider, usage)
  }
}

const makeReader = (provider: LocalProvider): Reader<ChatCompletionChunk> => {
  let last: ChatCompletionChunk | undefined
  let reason: string | undefined
  let usage: unknown
  let timings: unknown
  const texts: Array<string> = []
  return {
    take: (chunk) => {
      last = chunk
      usage = chunk.usage ?? usage
      timings = timingsOf(chunk) ?? timings
      const choice = chunk.choices[0]
      reason = choice?.finish_reason ?? reason
      const text = choice?.delta.content ?? choice?.delta.refusal ?? ""
      texts.push(text)
      return text
    },
    answer: () => {
      if (last === undefined || reason === undefined) return undefined
      const measured = fromChat(usage, timings)
      return {
        content: texts.join(""),
        model: last.model,
        finishReason: finishReason(reason),
        responseId: last.id,
        usage: measured,
        serviceTier: undefined,
        warnings: warningsOf(provider, measured)
      }
    }
  }
}

/** The wire to a local server. A key is sent where its variable is set; none is needed. */
export const makeChatWire = (
  options: ChatWireOptions
): Effect.Effect<ChatWire, never, AegisConfig | PriceList> =>
  Effect.gen(function* () {
    const { provider } = options
    const { settings } = yield* AegisConfig
    const key = yield* keyOf(provider)
    const network = yield* networkOf(options)
    const local = makeLocal(provider, settings)
    const native = makeNative({ root: local.root, key, fetch: network })

    const client = (): Effect.Effect<OpenAI> =>
      Effect.zipWith(
        Effect.promise(() => import("openai")),
        network,
        (sdk, fetch) =>
          new sdk.OpenAI({
            apiKey: Option.match(key, { onNone: () => "none", onSome: Redacted.value }),
            // what the environment says about OpenAI is not for this server
            organization: null,
            project: null,
            adminAPIKey: null,
            ...(Option.isSome(key) ? {} : { defaultHeaders: { authorization: null } }),
            baseURL: `${local.root}/v1`,
            ...sdkOptions(settings.timeoutMs, nestingErrors(fetch))
          })
      )

    const protocol: Protocol<OpenAI, ChatCompletionChunk> = {
      provider,
      address: local.root,
      maxTokens: "max_tokens",
      streaming: { stream: true, stream_options: { include_usage: true } },
      client,
      send: async (sdk, body, signal) =>
        answerOf(
          provider,
          await sdk.chat.completions.create(paramsOf<ChatCompletionCreateParamsNonStreaming>(body), {
            signal
          })
        ),
      open: (sdk, body, signal) =>
        sdk.chat.completions.create(paramsOf<ChatCompletionCreateParamsStreaming>(body), { signal }),
      reader: () => makeReader(provider)
    }

    const { execute, stream } = yield* makeCalls(protocol, options)
    return {
      byFetch: options.fetch === undefined,
      execute,
      stream,
      countTokens: local.countTokens(native),
      tokenizeText: local.tokenizeText(native),
      health: healthOf({
        provider,
        address: local.root,
        ...(local.isDefault
          ? { unset: `nothing answers at ${local.root}, the default; set ${local.setting}` }
          : {}),
        ask: Effect.map(local.describe(native), ({ models, detail }) =>
          [listOf(models), ...detail].join("; ")
        )
      })
    }
  })
