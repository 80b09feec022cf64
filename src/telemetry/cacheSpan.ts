/** The span of a cache lookup, and the names of what it carries. No prompt text, ever. */
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Tracer from "effect/Tracer"
import type { Hash } from "../domain/Hash.js"
import type { Provider } from "../domain/Provider.js"
import type { ResolvedScaffold } from "../domain/ResolvedScaffold.js"

/** Internal, not client: a hit in our own cache is no call of a model. */
export const cacheSpanName = "aegis.cache lookup"

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

/** Tells a span of a lookup. There is no `gen_ai.usage.*` in it: no token was spent. */
const describe = (span: Pick<Tracer.Span, "attribute">, lookup: Lookup): void => {
  const { hash, model, namespace, provider, resolved, tier } = lookup
  span.attribute("aegis.cache.outcome", resolved.outcome)
  span.attribute("aegis.cache.hit", resolved.cacheHit)
  span.attribute("aegis.cache.tier", tier)
  span.attribute("aegis.cache.namespace", namespace)
  span.attribute("aegis.cache.key", hash)
  span.attribute("aegis.scaffold.tokens", resolved.tokenCount)
  span.attribute("gen_ai.provider.name", provider)
  span.attribute("gen_ai.request.model", model)
}

/** The tracer that is there when none was provided: nobody ever sees its spans. */
const nativeTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** Whether anybody sees the spans of a fiber. */
export const isSeen = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean =>
  fiber.currentTracer !== nativeTracer && fiber.getFiberRef(FiberRef.currentTracerEnabled)

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
 * the lookup itself takes microseconds. `start` and `end` are nanoseconds of the Clock service.
 */
export const unsafeCacheSpan = (
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  start: bigint,
  end: bigint,
  lookup: Lookup
): void => {
  if (!isSeen(fiber)) return
  const tracer = fiber.currentTracer
  const parent = Context.getOption(fiber.currentContext, Tracer.ParentSpan)
  const span = tracer.span(cacheSpanName, parent, Context.empty(), [], start, "internal")
  describe(span, lookup)
  span.end(end < start ? start : end, Exit.void) // a clock may be set back
}
