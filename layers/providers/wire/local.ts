/** What is native to each local server: its default address, its tokenizer's endpoint, what it tells of itself. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { TokenCount } from "../../../src/domain/Measures.js"
import { StreamBroken, type ProviderError } from "../../../src/domain/ProviderErrors.js"
import type { Settings } from "../../../src/services/AegisConfig.js"
import type { ProviderAdapter } from "../../../src/services/ProviderAdapter.js"
import { bodyOf, pick } from "./body.js"
import { subjectOf } from "./call.js"
import { toFailure } from "./errors.js"
import type { Native } from "./native.js"

export type LocalProvider = "vllm" | "sglang" | "llama-cpp"

const defaults = {
  vllm: { port: 8000, field: "vllmBaseUrl", setting: "AEGIS_VLLM_BASE_URL" },
  sglang: { port: 30000, field: "sglangBaseUrl", setting: "AEGIS_SGLANG_BASE_URL" },
  "llama-cpp": { port: 9931, field: "llamaCppBaseUrl", setting: "AEGIS_LLAMA_CPP_BASE_URL" }
} as const

const Counted = Schema.Struct({ count: TokenCount })
const Tokenized = Schema.Struct({ tokens: Schema.Array(Schema.Unknown) })
const Applied = Schema.Struct({ prompt: Schema.String })
const Models = Schema.Struct({ data: Schema.Array(Schema.Struct({ id: Schema.String })) })
const Version = Schema.Struct({ version: Schema.String })
const Props = Schema.Struct({ build_info: Schema.String })

export interface Local {
  /** The server's address without `/v1` and without a slash at the end. */
  readonly root: string
  readonly isDefault: boolean
  /** The environment variable of the address. */
  readonly setting: string
  readonly tokenizeText: (
    native: Native
  ) => (text: string, model: string) => Effect.Effect<TokenCount, ProviderError>
  readonly countTokens: (native: Native) => ProviderAdapter["countTokens"]
  readonly describe: (
    native: Native
  ) => Effect.Effect<
    { readonly models: ReadonlyArray<string>; readonly detail: ReadonlyArray<string> },
    unknown
  >
}

export const makeLocal = (provider: LocalProvider, settings: Settings): Local => {
  const { field, port, setting } = defaults[provider]
  const given = settings[field]

  /** Asks, decodes, and turns everything that can go wrong into a ProviderError. */
  const ask = Effect.fnUntraced(function* <A, I>(
    asking: Effect.Effect<unknown, unknown>,
    schema: Schema.Schema<A, I>,
    model: string
  ) {
    const subject = yield* subjectOf(provider, model)
    const found = yield* asking.pipe(
      Effect.mapError((thrown) => toFailure(thrown, subject).error),
      Effect.timeoutFail({
        duration: settings.timeoutMs,
        onTimeout: () => toFailure(new Error("timed out"), subject).error
      })
    )
    return yield* Schema.decodeUnknown(schema)(found).pipe(
      Effect.mapError(() => new StreamBroken({ provider, model, reason: "malformed" }))
    )
  })

  /** llama.cpp names the text differently and leaves the counting to us. */
  const tokenize = Effect.fnUntraced(function* (
    native: Native,
    text: string,
    model: string,
    special: boolean
  ) {
    if (provider !== "llama-cpp") {
      const body = { model, prompt: text, add_special_tokens: special }
      return (yield* ask(native.post("/tokenize", body), Counted, model)).count
    }
    const body = { content: text, add_special: special, parse_special: special }
    const { tokens } = yield* ask(native.post("/tokenize", body), Tokenized, model)
    return tokens.length as TokenCount // the length of a list is a count
  })

  return {
    root: (given ?? `http://127.0.0.1:${port}`).replace(/\/*$/, "").replace(/\/v1$/, ""),
    isDefault: given === undefined,
    setting,
    tokenizeText: (native) => (text, model) =>
      tokenize(native, text, model, false).pipe(
        Effect.withSpan("ProviderAdapter.tokenizeText", { captureStackTrace: false })
      ),
    // SGLang tokenizes single messages only: the count of a conversation would be a guess
    countTokens: (native) =>
      provider === "sglang"
        ? Option.none()
        : Option.some(
            Effect.fn("ProviderAdapter.countTokens")(function* (resolved) {
              const { model } = resolved.originalScaffold
              const body = yield* bodyOf(resolved)
              if (provider === "vllm") {
                const messages = pick(body, ["messages", "tools"])
                const asked = native.post("/tokenize", { model, ...messages, add_generation_prompt: true })
                return (yield* ask(asked, Counted, model)).count
              }
              const asked = native.post("/apply-template", pick(body, ["messages", "tools"]))
              const { prompt } = yield* ask(asked, Applied, model)
              return yield* tokenize(native, prompt, model, true)
            })
          ),
    describe: Effect.fnUntraced(function* (native) {
      // llama.cpp answers 503 here while it loads its model
      yield* native.get("/health")
      const { data } = yield* Effect.flatMap(native.get("/v1/models"), Schema.decodeUnknown(Models))
      const told =
        provider === "vllm"
          ? yield* tell(native.get("/version"), Version, ({ version }) => `vLLM ${version}`)
          : provider === "llama-cpp"
            ? yield* tell(native.get("/props"), Props, ({ build_info }) => `llama.cpp ${build_info}`)
            : []
      const hint =
        provider === "vllm"
          ? ["cached tokens are reported if it was started with --enable-prompt-tokens-details"]
          : provider === "sglang"
            ? ["cached tokens are reported if it was started with --enable-cache-report"]
            : []
      return { models: data.map((model) => model.id), detail: [...told, ...hint] }
    })
  }
}

/** What a server tells beyond what is needed; one that does not tell is not worse for it. */
const tell = <A, I>(
  asking: Effect.Effect<unknown, unknown>,
  schema: Schema.Schema<A, I>,
  say: (found: A) => string
): Effect.Effect<ReadonlyArray<string>> =>
  asking.pipe(
    Effect.flatMap(Schema.decodeUnknown(schema)),
    Effect.map((found) => [say(found)]),
    Effect.orElseSucceed(() => [])
  )
