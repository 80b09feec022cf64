/** An execution as the ledger keeps it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ExecutionResult } from "../../domain/Execution.js"
import type { JsonObject } from "../../domain/Json.js"
import type { Millis, TokenCount, Usd } from "../../domain/Measures.js"
import type { Outcome } from "../../domain/Outcome.js"
import type { ResolvedScaffold } from "../../domain/ResolvedScaffold.js"
import { providerRequestOf } from "../../prompt/render/providerRequest.js"
import { isCall } from "../../telemetry/sums.js"
import { Fetch } from "../Fetch.js"
import type { PriceList } from "../PriceList.js"
import { whereabouts } from "../recorder/whereabouts.js"
import type { TelemetryEvent } from "../Telemetry.js"
import { savingsOf } from "./savings.js"

/** What was sent last, and when, in milliseconds since the epoch. */
export interface Sent {
  readonly resolved: ResolvedScaffold
  readonly at: number
}

/** What an execution has come to. `took` is in milliseconds, `error` the tag of its failure or how else it ended. */
export interface Executed {
  readonly resolved: ResolvedScaffold
  readonly namespace: string
  readonly took: Millis
  readonly sent: Sent | undefined
  readonly result: ExecutionResult | undefined
  readonly error: string
}

/** What a provider refuses it does not charge; whatever else went wrong may have been. */
const refusals: ReadonlySet<string> = new Set([
  "AuthFailed",
  "ContextOverflow",
  "InvalidRequest",
  "ModelNotFound",
  "Overloaded",
  "ProviderNotFound",
  "RateLimited"
])

const nothing = 0 as TokenCount // zero is a token count
const free = 0 as Usd // not negative

const requestOf = (
  { at, resolved }: Sent,
  namespace: string,
  result: ExecutionResult | undefined
): TelemetryEvent["request"] => {
  const first = result === undefined ? Option.none() : result.firstToken
  return providerRequestOf(resolved, namespace, at, Option.getOrNull(Option.map(first, (took) => at + took)))
}

const metadataOf = (result: ExecutionResult): JsonObject => ({
  finishReason: result.finishReason,
  attempts: result.attempts,
  fallbacks: result.fallbacks.map((left) => ({ ...left }))
})

export const accountOf = Effect.fnUntraced(function* (
  prices: PriceList["Type"],
  { error, namespace, resolved, result, sent, took }: Executed
): Effect.fn.Return<TelemetryEvent> {
  const { offline } = yield* Fetch
  const asked = resolved.originalScaffold
  const outcome: Outcome = offline ? "replay" : (result?.outcome ?? "miss")
  const event = {
    at: yield* Clock.currentTimeMillis,
    scaffoldId: asked.id,
    ...(yield* whereabouts),
    operation: "execute" as const,
    outcome,
    namespace,
    latency: took,
    cacheHit: outcome === "hit"
  }
  const call = isCall(event)
  const request = call && sent !== undefined ? { request: requestOf(sent, namespace, result) } : {}
  if (result === undefined) {
    return {
      ...event,
      error,
      provider: sent?.resolved.originalScaffold.provider ?? asked.provider,
      model: sent?.resolved.originalScaffold.model ?? asked.model,
      tokenCount: nothing,
      cost: offline || refusals.has(error) ? Option.some(free) : Option.none(),
      ...request
    }
  }
  const { firstToken, latency, model, provider } = result
  const answered = { ...event, provider, model, metadata: metadataOf(result) }
  // what was recorded was paid then, and saved then
  if (offline) return { ...answered, tokenCount: nothing, cost: Option.some(free) }
  return {
    ...answered,
    tokenCount: result.tokens,
    cost: result.cost,
    ...(call ? { usage: result.usage } : {}),
    ...(yield* savingsOf(prices, result)),
    latencies: call
      ? { lookup: Option.none(), provider: Option.some(latency), firstToken }
      : { lookup: Option.some(latency), provider: Option.none(), firstToken: Option.none() },
    ...request
  }
})
