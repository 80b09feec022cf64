/**
 * Which names spans and metrics speak. OpenTelemetry's GenAI conventions still move, and back ends count what they know by two names
 * twice: so one at a time.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/**
 * - `established`: the names that back ends know (conventions up to 1.41)
 * - `latest`: those of the conventions' own repository, semantic-conventions-genai 0.1
 * - `langfuse`: what Langfuse prefers to all others
 */
export const dialects = ["established", "latest", "langfuse"] as const
export type Dialect = (typeof dialects)[number]

/** The variable of ours, and OpenTelemetry's, which knows the newest names only. */
export const dialectVariable = "AEGIS_OTEL_DIALECT"
export const optInVariable = "OTEL_SEMCONV_STABILITY_OPT_IN"

export const isDialect = (text: string): text is Dialect => dialects.some((name) => name === text)

/** The dialect by these two variables: ours where it names one, else OpenTelemetry's list. */
export const dialectOf = (own: string | undefined, optIn: string | undefined): Dialect => {
  const named = own?.trim() ?? ""
  if (isDialect(named)) return named
  const asked = (optIn ?? "").split(",").map((name) => name.trim())
  return asked.includes("gen_ai_latest_experimental") ? "latest" : "established"
}

const variable = (name: string): Effect.Effect<string | undefined> =>
  Config.option(Config.string(name)).pipe(
    Effect.map(Option.getOrUndefined),
    Effect.orElseSucceed(() => undefined)
  )

/** The dialect that the environment asks for. */
export const dialect: Effect.Effect<Dialect> = Effect.zipWith(
  variable(dialectVariable),
  variable(optInVariable),
  dialectOf
)
