/** Keys of providers: read as `Redacted`, and unwrapped only where a client is made. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { BuiltInProvider } from "../../../src/domain/Provider.js"
import { AuthFailed } from "../../../src/domain/ProviderErrors.js"
import { Fetch } from "../../../src/services/Fetch.js"

/** The environment variable that holds each provider's key. */
export const variables: Readonly<Record<BuiltInProvider, string>> = {
  anthropic: "ANTHROPIC_API_KEY",
  openai: "OPENAI_API_KEY",
  vllm: "VLLM_API_KEY",
  sglang: "SGLANG_API_KEY",
  "llama-cpp": "LLAMA_CPP_API_KEY"
}

/** The key as it is when asked for; an empty one is none. */
export const keyOf = (provider: BuiltInProvider): Effect.Effect<Option.Option<Redacted.Redacted>> =>
  Config.redacted(variables[provider]).pipe(
    Effect.option,
    Effect.map(Option.filter((key) => Redacted.value(key).trim() !== ""))
  )

/** The key for a call of `model`; without one nothing is sent. */
export const keyFor = (
  provider: BuiltInProvider,
  model: string,
  key: Option.Option<Redacted.Redacted>
): Effect.Effect<Redacted.Redacted, AuthFailed> =>
  Effect.flatMap(Fetch, ({ offline }) =>
    Effect.mapError(
      // what was recorded is asked for without a key
      offline ? Option.orElseSome(key, () => Redacted.make("replayed")) : key,
      () => new AuthFailed({ provider, model, variable: variables[provider], missing: true })
    )
  )
