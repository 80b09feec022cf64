/** Records of two weeks, the same each time: two models with prices and one without, a failure, answers that were kept, lookups. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { TelemetryEvent } from "../../../src/services/Telemetry.js"
import type * as Telemetry from "../../../src/services/Telemetry.js"
import type { Hash } from "../../../src/domain/Hash.js"
import { uuidOf } from "../../../src/domain/Hash.js"
import type { ScaffoldId } from "../../../src/domain/Ids.js"
import type { Millis, TokenCount, Usd } from "../../../src/domain/Measures.js"
import type { UsdDifference } from "../../../src/domain/Money.js"

// numbers of this file are what their types say: small, and not below 0
const tokens = (value: number): TokenCount => value as TokenCount
const usd = (value: number): Usd => value as Usd
const millis = (value: number): Millis => value as Millis

export const start = Date.parse("2026-11-01T00:00:00Z")
export const day = 24 * 60 * 60 * 1000

const scaffoldId = uuidOf("scaffold", "a") as ScaffoldId

export interface Call {
  readonly at: number
  readonly model?: string
  readonly input?: number
  readonly read?: number
  readonly written?: number
  readonly output?: number
  /** None for a model without a price. */
  readonly cost?: number
  readonly saved?: number
  readonly error?: string
}

/** A call of a provider. */
export const call = (given: Call): TelemetryEvent => {
  const {
    at,
    cost,
    error,
    input = 1000,
    model = "claude-sonnet-5",
    output = 100,
    read = 0,
    saved,
    written = 0
  } = given
  return {
    at,
    scaffoldId,
    operation: "execute",
    outcome: "miss",
    ...(error === undefined ? {} : { error }),
    namespace: "default",
    provider: "anthropic",
    model,
    tokenCount: tokens(input + read + written + output),
    cost: Option.map(Option.fromNullable(cost), usd),
    latency: millis(1500),
    cacheHit: false,
    usage: {
      uncachedInput: tokens(input),
      cacheRead: Option.some(tokens(read)),
      cacheWrite5m: Option.some(tokens(written)),
      cacheWrite1h: Option.none(),
      output: tokens(output),
      reasoning: Option.none()
    },
    ...(cost === undefined
      ? {}
      : {
          priced: {
            source: "genai-prices",
            version: "1",
            match: "exact",
            money: Option.some({
              uncachedInput: usd(cost / 2),
              cacheRead: usd(0),
              cacheWrite5m: usd(0),
              cacheWrite1h: usd(0),
              output: usd(cost / 2)
            })
          }
        }),
    ...(saved === undefined
      ? {}
      : { saved: { tokens: tokens(read), cost: Option.some(saved as UsdDifference) } }),
    latencies: {
      lookup: Option.none(),
      provider: Option.some(millis(1400)),
      firstToken: Option.some(millis(300))
    },
    request: {
      sentAt: at - 1400,
      readableAt: at - 1100,
      provider: "anthropic",
      model,
      scope: "default",
      mode: "breakpoints",
      blocks: [{ hash: "a".repeat(64) as Hash, tokens: tokens(input), part: "system", type: "style_guide" }],
      marks: [{ block: 0, ttl: "5m" }]
    }
  }
}

/** A lookup in Aegis' own cache. */
export const lookup = (at: number, outcome: "hit" | "miss"): TelemetryEvent => ({
  at,
  scaffoldId,
  operation: "resolve",
  outcome,
  namespace: "default",
  provider: "anthropic",
  model: "claude-sonnet-5",
  tokenCount: tokens(1000),
  cost: Option.some(usd(0.003)),
  latency: millis(2),
  cacheHit: outcome === "hit",
  latencies: { lookup: Option.some(millis(2)), provider: Option.none(), firstToken: Option.none() }
})

/** Two weeks, but for the sixth day. From the eighth day on nothing is read from the provider's cache. */
export const twoWeeks: ReadonlyArray<TelemetryEvent> = Array.from({ length: 14 }, (_, at) => at)
  .filter((at) => at !== 5)
  .flatMap((at) => {
    const noon = start + at * day + day / 2
    const warm = at < 7
    return [
      lookup(noon - 1000, at === 0 ? "miss" : "hit"),
      call({
        at: noon,
        input: warm ? 100 : 4100,
        read: warm ? 4000 : 0,
        cost: warm ? 0.01 : 0.03,
        saved: warm ? 0.02 : 0
      }),
      call({ at: noon + 1000, model: "gpt-5.4", cost: 0.005 }),
      ...(at === 3 ? [call({ at: noon + 2000, model: "unknown", error: "RateLimited" })] : [])
    ]
  })

/** A ledger in memory that holds these. */
export const filled = (
  ledger: Telemetry.Telemetry["Type"],
  events: ReadonlyArray<TelemetryEvent>
): Effect.Effect<void> => Effect.forEach(events, (event) => ledger.record(event), { discard: true })
