/** What a call costs at most, before it is sent. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { TokenCount, Usd } from "../../domain/Measures.js"
import type { ResolvedScaffold } from "../../domain/ResolvedScaffold.js"
import type { Usage } from "../../domain/Usage.js"
import type { PriceList } from "../PriceList.js"
import { toNanos } from "./nanos.js"

/** Where requests say how long an answer may be, by their provider. */
const caps = ["max_tokens", "max_output_tokens", "max_completion_tokens"]

/** The longest answer that a request itself allows. */
const capIn = (body: string): number | undefined => {
  let request: unknown
  try {
    request = JSON.parse(body)
  } catch {
    return undefined
  }
  if (typeof request !== "object" || request === null) return undefined
  const fields = new Map<string, unknown>(Object.entries(request))
  return caps.map((cap) => fields.get(cap)).find((value) => typeof value === "number")
}

/** How many tokens an answer has at most: what the call says, or else its request. */
const capOf = (resolved: ResolvedScaffold, maxTokens: number | undefined): number | undefined =>
  maxTokens ?? capIn(resolved.resolvedContent)

/** In nano-dollars. Where something is not known, it is not in `nanos`, and `unknown` says what. */
export interface Most {
  readonly nanos: number
  readonly unknown?: "price" | "length"
}

/**
 * The input, counted as high as its estimate may be off and priced as dearly as it may be (all of it written to the provider's cache, or
 * none of it read from there), and the longest answer.
 */
export const mostOf = (
  prices: PriceList["Type"],
  resolved: ResolvedScaffold,
  maxTokens: number | undefined
): Effect.Effect<Most> =>
  Effect.gen(function* () {
    const { model, provider } = resolved.originalScaffold
    const band = 1 + resolved.tokens.errorBand
    const priceOf = (output: number): Effect.Effect<Option.Option<number>> =>
      Effect.map(
        prices.price(provider, model, {
          // token counts, made whole upwards
          uncachedInput: Math.ceil(resolved.tokenCount * band) as TokenCount,
          cacheRead: Option.none(),
          cacheWrite5m: Option.none(),
          cacheWrite1h: Option.none(),
          output: output as TokenCount,
          reasoning: Option.none()
        }),
        ({ amount }) => amount
      )
    const cap = capOf(resolved, maxTokens)
    const uncached = yield* priceOf(0)
    const whole = yield* priceOf(cap ?? 0)
    if (Option.isNone(uncached) || Option.isNone(whole)) return { nanos: 0, unknown: "price" }
    const cold = Option.getOrElse(resolved.cost.cold, () => 0) * band
    const nanos = toNanos(whole.value + Math.max(0, cold - uncached.value))
    return cap === undefined ? { nanos, unknown: "length" } : { nanos }
  })

/** What a call costs at most of whose input its provider has told; none where the answer has no bound, or the model no price. */
export const mostAfter = (
  prices: PriceList["Type"],
  resolved: ResolvedScaffold,
  maxTokens: number | undefined,
  told: Usage
): Effect.Effect<Option.Option<Usd>> => {
  const { model, provider } = resolved.originalScaffold
  const cap = capOf(resolved, maxTokens)
  if (cap === undefined) return Effect.succeed(Option.none())
  // a cap is a token count
  const longest = { ...told, output: cap as TokenCount, reasoning: Option.none() }
  return Effect.map(prices.price(provider, model, longest), ({ amount }) => amount)
}
