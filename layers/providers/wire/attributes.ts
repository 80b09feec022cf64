/**
 * The names that telemetry back ends read (OpenTelemetry's GenAI conventions). They are still moving: by default the
 * names that every back end knows, with OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental the newest ones;
 * never both, or they would be counted twice. Prompt and answer never appear here.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ExecutionResult } from "../../../src/domain/Execution.js"
import type { ResolvedScaffold } from "../../../src/domain/ResolvedScaffold.js"
import { totalInput } from "../../../src/domain/Usage.js"

export type Dialect = "established" | "latest"

/** The dialect that the environment asks for. */
export const dialect: Effect.Effect<Dialect> = Config.string("OTEL_SEMCONV_STABILITY_OPT_IN").pipe(
  Effect.map((list): Dialect =>
    list
      .split(",")
      .map((name) => name.trim())
      .includes("gen_ai_latest_experimental")
      ? "latest"
      : "established"
  ),
  Effect.orElseSucceed((): Dialect => "established")
)

type Attributes = Readonly<Record<string, unknown>>

/** Parameters of a request body that have an attribute, by either name that providers use. */
const parameters: Readonly<Record<string, string>> = {
  temperature: "gen_ai.request.temperature",
  top_p: "gen_ai.request.top_p",
  seed: "gen_ai.request.seed",
  max_tokens: "gen_ai.request.max_tokens",
  max_output_tokens: "gen_ai.request.max_tokens",
  max_completion_tokens: "gen_ai.request.max_tokens"
}

/** What is known before the call. `address` is the URL that is called. */
export const requestAttributes = (
  dialect: Dialect,
  resolved: ResolvedScaffold,
  body: Readonly<Record<string, unknown>>,
  address: string,
  streaming: boolean
): Attributes => {
  const { provider, model, hash } = resolved.originalScaffold
  const url = URL.canParse(address) ? new URL(address) : undefined
  return {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": provider,
    ...(dialect === "established" ? { "gen_ai.system": provider } : {}),
    "gen_ai.request.model": model,
    ...(streaming ? { "gen_ai.request.stream": true } : {}),
    ...Object.fromEntries(
      Object.entries(parameters).flatMap(([name, attribute]) =>
        typeof body[name] === "number" ? [[attribute, body[name]]] : []
      )
    ),
    ...(url === undefined
      ? {}
      : {
          "server.address": url.hostname,
          "server.port": url.port === "" ? (url.protocol === "http:" ? 80 : 443) : Number(url.port)
        }),
    "aegis.scaffold.hash": hash
  }
}

const known = <A>(name: string, value: Option.Option<A>): Attributes =>
  Option.match(value, { onNone: () => ({}), onSome: (found) => ({ [name]: found }) })

/** What the answer told. Input tokens include those read from and written to the provider's cache. */
export const responseAttributes = (dialect: Dialect, result: ExecutionResult): Attributes => {
  const { usage } = result
  const written = Option.isNone(usage.cacheWrite5m)
    ? usage.cacheWrite1h
    : Option.map(usage.cacheWrite5m, (short) => short + Option.getOrElse(usage.cacheWrite1h, () => 0))
  return {
    "gen_ai.response.model": result.model,
    ...(result.responseId === undefined ? {} : { "gen_ai.response.id": result.responseId }),
    "gen_ai.response.finish_reasons": [result.finishReason],
    ...known(
      "gen_ai.response.time_to_first_chunk",
      Option.map(result.firstToken, (ms) => ms / 1000)
    ),
    "gen_ai.usage.input_tokens": totalInput(usage),
    "gen_ai.usage.output_tokens": usage.output,
    ...known("gen_ai.usage.cache_read.input_tokens", usage.cacheRead),
    ...known(
      dialect === "established"
        ? "gen_ai.usage.cache_creation.input_tokens"
        : "gen_ai.usage.cache_write.input_tokens",
      written
    ),
    ...known("gen_ai.usage.reasoning.output_tokens", usage.reasoning),
    ...known("gen_ai.usage.cost", result.cost),
    "aegis.attempts": result.attempts,
    ...(result.outcome === undefined ? {} : { "aegis.outcome": result.outcome })
  }
}

export const errorType = "error.type"
export const attempts = "aegis.attempts"
export const fallbacks = "aegis.fallbacks"
