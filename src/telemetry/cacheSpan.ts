/** The span of a cache lookup, and what it carries. No prompt text, ever. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Tracer from "effect/Tracer"
import type { Hash } from "../domain/Hash.js"
import type { Provider } from "../domain/Provider.js"
import type { ResolvedScaffold } from "../domain/ResolvedScaffold.js"
import { attributeNames, cacheSpanName } from "./names.js"
import { isSeen } from "./seen.js"

/** Where an answer came from: the caller's own frozen input, memory, the database, or nowhere. */
export type Tier = "input" | "memory" | "disk" | "none"

/** A lookup that is over. */
export interface Lookup {
  readonly namespace: string
  readonly hash: Hash
  readonly provider: Provider
  readonly model: string
  readonly tier: Tier
  readonly resolved: ResolvedScaffold
}

/** None of these has another name in another dialect. */
const name = {
  outcome: attributeNames.cacheOutcome.established,
  hit: attributeNames.cacheHit.established,
  tier: attributeNames.cacheTier.established,
  namespace: attributeNames.cacheNamespace.established,
  key: attributeNames.cacheKey.established,
  tokens: attributeNames.scaffoldTokens.established,
  provider: attributeNames.provider.established,
  model: attributeNames.requestModel.established
}

/** Tells a span of a lookup. There is no `gen_ai.usage.*` in it: no token was spent. */
const describe = (span: Pick<Tracer.Span, "attribute">, lookup: Lookup): void => {
  const { hash, model, namespace, provider, resolved, tier } = lookup
  span.attribute(name.outcome, resolved.outcome)
  span.attribute(name.hit, resolved.cacheHit)
  span.attribute(name.tier, tier)
  span.attribute(name.namespace, namespace)
  span.attribute(name.key, hash)
  span.attribute(name.tokens, resolved.tokenCount)
  span.attribute(name.provider, provider)
  span.attribute(name.model, model)
}

/** Puts the span around a lookup that takes its time, if anybody sees it. */
export const withCacheSpan = <E>(self: Effect.Effect<Lookup, E>): Effect.Effect<Lookup, E> =>
  Effect.withFiberRuntime((fiber) =>
    isSeen(fiber)
      ? Effect.useSpan(cacheSpanName, { captureStackTrace: false }, (span) =>
          Effect.tap(Effect.withParentSpan(self, span), (lookup) => describe(span, lookup))
        )
      : self
  )

/**
 * Makes the whole span of a lookup that is already over: a tenth of the price of `Effect.withSpan`, which matters where
 * the lookup itself takes microseconds. `start` and `end` are nanoseconds of the Clock service. Undefined where nobody sees it.
 */
export const unsafeCacheSpan = (
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  start: bigint,
  end: bigint,
  lookup: Lookup
): Tracer.Span | undefined => {
  if (!isSeen(fiber)) return undefined
  const tracer = fiber.currentTracer
  const parent = Context.getOption(fiber.currentContext, Tracer.ParentSpan)
  const span = tracer.span(cacheSpanName, parent, Context.empty(), [], start, "internal")
  describe(span, lookup)
  span.end(end < start ? start : end, Exit.void) // a clock may be set back
  return span
}
