/**
 * The names of all that spans and metrics tell: one for a thing in each dialect, or none where a dialect has none. `established` is
 * OpenTelemetry's semantic conventions 1.41; `latest` is semantic-conventions-genai 0.1.0; `langfuse` is what its ingestion of OTLP reads
 * before all else, and there every other number under `gen_ai.usage` would become a kind of token. Of cost no convention speaks yet:
 * `gen_ai.usage.cost` is what back ends read, `aegis.cost.*` has the shape of semantic-conventions-genai's proposal 443.
 */
import type { Dialect } from "./dialect.js"

type Names = { readonly [D in Dialect]?: string }

const everywhere = (name: string): Required<Names> => ({
  established: name,
  latest: name,
  langfuse: name
})

/** The attributes of spans. */
export const attributeNames = {
  operation: everywhere("gen_ai.operation.name"),
  provider: everywhere("gen_ai.provider.name"),
  /** The provider again, in the one dialect where a back end prices by its deprecated name (OpenLIT). No number, so nobody adds it up. */
  system: { established: "gen_ai.system" },
  requestModel: everywhere("gen_ai.request.model"),
  temperature: everywhere("gen_ai.request.temperature"),
  topP: everywhere("gen_ai.request.top_p"),
  seed: everywhere("gen_ai.request.seed"),
  maxTokens: everywhere("gen_ai.request.max_tokens"),
  stream: everywhere("gen_ai.request.stream"),
  responseModel: everywhere("gen_ai.response.model"),
  responseId: everywhere("gen_ai.response.id"),
  finishReasons: everywhere("gen_ai.response.finish_reasons"),
  firstChunk: everywhere("gen_ai.response.time_to_first_chunk"),
  inputTokens: { established: "gen_ai.usage.input_tokens", latest: "gen_ai.usage.input_tokens" },
  outputTokens: { established: "gen_ai.usage.output_tokens", latest: "gen_ai.usage.output_tokens" },
  cacheRead: {
    established: "gen_ai.usage.cache_read.input_tokens",
    latest: "gen_ai.usage.cache_read.input_tokens"
  },
  cacheWrite: {
    established: "gen_ai.usage.cache_creation.input_tokens",
    latest: "gen_ai.usage.cache_write.input_tokens"
  },
  reasoning: {
    established: "gen_ai.usage.reasoning.output_tokens",
    latest: "gen_ai.usage.reasoning.output_tokens"
  },
  usageDetails: { langfuse: "langfuse.observation.usage_details" },
  cost: { established: "gen_ai.usage.cost", latest: "aegis.cost.amount" },
  costCurrency: { latest: "aegis.cost.currency" },
  costSource: { latest: "aegis.cost.source" },
  costDetails: { langfuse: "langfuse.observation.cost_details" },
  priceVersion: everywhere("aegis.price.version"),
  toolName: everywhere("gen_ai.tool.name"),
  toolType: everywhere("gen_ai.tool.type"),
  serverAddress: everywhere("server.address"),
  serverPort: everywhere("server.port"),
  errorType: everywhere("error.type"),
  /** Of a span whose work was given up: neither a success nor a failure, so its status is unset. */
  interrupted: everywhere("aegis.interrupted"),
  /** The prompt by its digest. Langfuse looks a prompt's name up among its own, so there it is none of these. */
  promptName: { established: "gen_ai.prompt.name", latest: "gen_ai.prompt.name" },
  promptVersion: {
    established: "aegis.scaffold.hash",
    latest: "gen_ai.prompt.version",
    langfuse: "aegis.scaffold.hash"
  },
  attempts: everywhere("aegis.attempts"),
  fallbacks: everywhere("aegis.fallbacks"),
  outcome: everywhere("aegis.outcome"),
  cacheOutcome: everywhere("aegis.cache.outcome"),
  cacheHit: everywhere("aegis.cache.hit"),
  cacheTier: everywhere("aegis.cache.tier"),
  cacheNamespace: everywhere("aegis.cache.namespace"),
  cacheKey: everywhere("aegis.cache.key"),
  scaffoldTokens: everywhere("aegis.scaffold.tokens"),
  tokenType: { established: "gen_ai.token.type", langfuse: "gen_ai.token.type" },
  cacheResult: everywhere("aegis.cache.result"),
  costKind: everywhere("kind")
} satisfies Readonly<Record<string, Names>>

/** What an attribute says. */
export type Told = keyof typeof attributeNames

/** Attributes that are doubles though their value may happen to be whole: back ends keep a column for each type. */
export const doubles: ReadonlySet<string> = new Set(
  (["temperature", "topP", "firstChunk", "cost"] as const).flatMap((told) =>
    Object.values<string>(attributeNames[told])
  )
)

/** The name of a thing in a dialect, if it has one. */
export const nameOf = (dialect: Dialect, told: Told): string | undefined => {
  const names: Names = attributeNames[told]
  return names[dialect]
}

export type Attributes = Readonly<Record<string, unknown>>

/** What is told, under its names in a dialect. What is undefined, or has no name there, is left out. */
export const named = (
  dialect: Dialect,
  values: { readonly [T in Told]?: unknown }
): Record<string, unknown> => {
  const attributes: Record<string, unknown> = {}
  for (const told of Object.keys(values) as ReadonlyArray<Told>) {
    // its keys are these, by its type
    const name = nameOf(dialect, told)
    if (name !== undefined && values[told] !== undefined) attributes[name] = values[told]
  }
  return attributes
}

/** The span of a lookup in our own cache. Internal, not client: a hit is no call of a model. */
export const cacheSpanName = "aegis.cache lookup"

/** The spans of a call to a model, and of a tool that a recorded run called, as the conventions name them. */
export const chatSpanName = (model: string): string => `chat ${model}`
export const toolSpanName = (tool: string): string => `execute_tool ${tool}`

/** The instruments. Token counts by class are five counters in the newest names, and one histogram of two types before. */
export const instrumentNames = {
  tokenUsage: { established: "gen_ai.client.token.usage", langfuse: "gen_ai.client.token.usage" },
  inputTokens: { latest: "gen_ai.client.inference.usage.input_tokens" },
  outputTokens: { latest: "gen_ai.client.inference.usage.output_tokens" },
  cacheRead: { latest: "gen_ai.client.inference.usage.cache_read.input_tokens" },
  cacheWrite: { latest: "gen_ai.client.inference.usage.cache_write.input_tokens" },
  reasoning: { latest: "gen_ai.client.inference.usage.reasoning.output_tokens" },
  duration: {
    established: "gen_ai.client.operation.duration",
    latest: "gen_ai.client.inference.duration",
    langfuse: "gen_ai.client.operation.duration"
  },
  cacheRequests: everywhere("aegis.cache.requests"),
  savedTokens: everywhere("aegis.cache.saved_tokens"),
  cost: everywhere("aegis.cost.usd")
} satisfies Readonly<Record<string, Names>>

export type InstrumentKey = keyof typeof instrumentNames
