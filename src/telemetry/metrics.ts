/**
 * What one operation of the ledger adds to the metrics, in a dialect. Only what was really spent counts as usage: of a hit, a follower and
 * a replay there is none. Boundaries are those that the conventions name (gen-ai-metrics.md).
 */
import * as Option from "effect/Option"
import type { TelemetryRecord } from "../domain/TelemetryRecord.js"
import { totalInput } from "../domain/Usage.js"
import { cacheWritten } from "./attributes.js"
import type { Dialect } from "./dialect.js"
import { type Attributes, type InstrumentKey, instrumentNames, named } from "./names.js"
import { isCall } from "./sums.js"

/** A counter only grows. `unit` is one of UCUM's, as OpenTelemetry has them. */
export type Instrument = {
  readonly name: string
  readonly unit: string
  readonly description: string
} & (
  { readonly kind: "counter" } | { readonly kind: "histogram"; readonly boundaries: ReadonlyArray<number> }
)

export interface Measurement {
  readonly instrument: Instrument
  readonly value: number
  readonly attributes: Attributes
}

/** Powers of four from 1, in tokens. */
const tokenBoundaries = Array.from({ length: 14 }, (_, power) => 4 ** power)
/** Doubling from ten milliseconds, in seconds. */
const secondBoundaries = Array.from({ length: 14 }, (_, power) => 2 ** power / 100)

type Shape = Instrument extends infer I ? (I extends Instrument ? Omit<I, "name"> : never) : never

const counter = (unit: string, description: string): Shape => ({ kind: "counter", unit, description })

const shapes: { readonly [K in InstrumentKey]: Shape } = {
  tokenUsage: {
    kind: "histogram",
    boundaries: tokenBoundaries,
    unit: "{token}",
    description: "Tokens of a call, by type."
  },
  inputTokens: counter("{token}", "Input tokens, cached ones included."),
  outputTokens: counter("{token}", "Output tokens."),
  cacheRead: counter("{token}", "Input tokens read from the provider's cache."),
  cacheWrite: counter("{token}", "Input tokens written to the provider's cache."),
  reasoning: counter("{token}", "Output tokens of reasoning."),
  duration: {
    kind: "histogram",
    boundaries: secondBoundaries,
    unit: "s",
    description: "Time that a call took, retries included."
  },
  cacheRequests: counter("{request}", "Lookups in the caches of Aegis, by tier and by how they ended."),
  savedTokens: counter("{token}", "Tokens that were not read at the full price."),
  cost: counter("{USD}", "What calls cost, what caches saved of it, and what writing to them cost more.")
}

/** The instruments that a dialect has. */
const instrumentsOf = (dialect: Dialect): { readonly [K in InstrumentKey]?: Instrument } =>
  Object.fromEntries(
    Object.entries(shapes).flatMap(([key, shape]) => {
      const names: { readonly [D in Dialect]?: string } = instrumentNames[key as InstrumentKey] // a key of shapes
      const name = names[dialect]
      return name === undefined ? [] : [[key, { name, ...shape }]]
    })
  )

/** An operation as the ledger takes it. */
export type Accounted = Pick<
  TelemetryRecord,
  | "cost"
  | "error"
  | "latencies"
  | "latency"
  | "metadata"
  | "model"
  | "operation"
  | "outcome"
  | "provider"
  | "saved"
  | "usage"
>

/** The measurements of one operation; none for operations that no metric is about. */
export const makeMeasure = (dialect: Dialect): ((event: Accounted) => ReadonlyArray<Measurement>) => {
  const instruments = instrumentsOf(dialect)

  return (event) => {
    const found: Array<Measurement> = []
    const add = (key: InstrumentKey, value: number | undefined, attributes: Attributes): void => {
      const instrument = instruments[key]
      if (instrument !== undefined && value !== undefined) found.push({ instrument, value, attributes })
    }
    const { metadata, operation, outcome, usage } = event
    const tier = metadata?.["tier"]
    if (operation === "resolve") {
      add("cacheRequests", 1, named(dialect, { cacheTier: tier ?? "none", cacheResult: outcome }))
      return found
    }
    if (operation !== "execute") return found
    add("cacheRequests", 1, named(dialect, { cacheTier: "answer", cacheResult: outcome }))

    const { model, provider } = event
    const whose = { provider, requestModel: model }
    const saved = event.saved
    const difference = saved === undefined ? undefined : Option.getOrUndefined(saved.cost)
    const kept = named(dialect, whose)
    if (outcome !== "replay") {
      if (saved !== undefined && saved.tokens > 0) add("savedTokens", saved.tokens, kept)
      // the difference is net and may be below zero, which a counter may not: what was taken off has one of its own
      const premium = Math.max(saved?.writePremium ?? 0, -(difference ?? 0))
      if (premium > 0) add("cost", premium, named(dialect, { ...whose, costKind: "premium" }))
      if (difference !== undefined && difference + premium > 0) {
        add("cost", difference + premium, named(dialect, { ...whose, costKind: "saved" }))
      }
    }
    if (!isCall(event)) return found

    const called = { operation: "chat", ...whose, system: provider }
    const took = Option.getOrElse(event.latencies?.provider ?? Option.none(), () => event.latency)
    add("duration", took / 1000, named(dialect, { ...called, errorType: event.error }))
    const spent = Option.getOrUndefined(event.cost)
    if (spent !== undefined && spent > 0) add("cost", spent, named(dialect, { ...whose, costKind: "spent" }))
    if (usage === undefined) return found
    const chat = named(dialect, called)
    add("tokenUsage", totalInput(usage), named(dialect, { ...called, tokenType: "input" }))
    add("tokenUsage", usage.output, named(dialect, { ...called, tokenType: "output" }))
    add("inputTokens", totalInput(usage), chat)
    add("outputTokens", usage.output, chat)
    add("cacheRead", Option.getOrUndefined(usage.cacheRead), chat)
    add("cacheWrite", Option.getOrUndefined(cacheWritten(usage)), chat)
    add("reasoning", Option.getOrUndefined(usage.reasoning), chat)
    return found
  }
}
