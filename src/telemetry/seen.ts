/** Whether spans are worth making: one that nobody receives costs more than what it would tell of. */
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Tracer from "effect/Tracer"

/** The tracer that is there when none was provided: nobody ever sees its spans. */
const nativeTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** Whether anybody sees the spans of a fiber. */
export const isSeen = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean =>
  fiber.currentTracer !== nativeTracer && fiber.getFiberRef(FiberRef.currentTracerEnabled)

/** Puts a span around an effect, if anybody sees it. */
export const withSpanIfSeen =
  (name: string, attributes: () => Readonly<Record<string, unknown>>) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.withFiberRuntime<A, E, R>((fiber) =>
      isSeen(fiber)
        ? Effect.useSpan(name, { attributes: attributes(), captureStackTrace: false }, (span) =>
            Effect.withParentSpan(self, span)
          )
        : self
    )
