/** An execution as the ledger keeps it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { BudgetAlert } from "../../domain/Budget.js"
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
  /** Soft limits that were reached by it. */
  readonly alerts: ReadonlyArray<BudgetAlert>
  readonly error: string
  /** All that came was recorded. */
  readonly recorded: boolean
}

/** What a provider refuses it does not charge, and what a budget refuses is not sent; whatever else went wrong may have been. */
export const refusals: ReadonlySet<string> = new Set([
  "AuthFailed",
  "BudgetExceeded",
  "BudgetUnpriced",
  "ContextOverflow",
  "InvalidRequest",
  "ModelNotFound",
  "Overloaded",
  "ProviderNotFound",
  "RateLimited",
  // of the store of budgets
  "StoreError"
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

const alertsIn = (alerts: ReadonlyArray<BudgetAlert>): JsonObject =>
  alerts.length === 0 ? {} : { budgetAlerts: alerts.map((alert) => ({ ...alert })) }

export const accountOf = Effect.fnUntraced(function* (
  prices: PriceList["Type"],
  { alerts, error, namespace, recorded, resolved, result, sent, took }: Executed
): Effect.fn.Return<TelemetryEvent> {
  const replayed = recorded || (yield* Fetch).offline
  const asked = resolved.originalScaffold
  const outcome: Outcome = replayed ? "replay" : (result?.outcome ?? "miss")
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
      cost: replayed || refusals.has(error) ? Option.some(free) : Option.none(),
      ...(alerts.length === 0 ? {} : { metadata: alertsIn(alerts) }),
      ...request
    }
  }
  const { firstToken, latency, model, provider } = result
  const answered = { ...event, provider, model, metadata: { ...metadataOf(result), ...alertsIn(alerts) } }
  // what was recorded was paid then, and saved then
  if (replayed) return { ...answered, tokenCount: nothing, cost: Option.some(free) }
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
