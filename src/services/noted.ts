/**
 * Records what other services do, where the program that asks them keeps a ledger: it is looked for in the context of the caller, so
 * that a gate or a run store alone needs none.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { Millis, TokenCount, Usd } from "../domain/Measures.js"
import { AegisConfig } from "./AegisConfig.js"
import { whereabouts } from "./recorder/whereabouts.js"
import { Telemetry, type TelemetryEvent } from "./Telemetry.js"

/** How an effect ended that did not succeed: the tag of its error, or what else it was. */
export const endOf = (cause: Cause.Cause<unknown>): string =>
  Option.match(Cause.failureOption(cause), {
    onNone: () => (Cause.isInterrupted(cause) ? "interrupted" : "defect"),
    onSome: (error) => (Predicate.hasProperty(error, "_tag") ? String(error._tag) : "error")
  })

/** What is known of an operation beside its time: `value` is what it came to, where it did. */
export type Facts = Pick<TelemetryEvent, "operation" | "scaffoldId"> &
  Partial<Pick<TelemetryEvent, "outcome" | "checkpointId" | "namespace" | "findings">>

const now = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos) / 1e6)

/** What records an operation that begins now, once it has ended; undefined where there is no ledger. */
const begun = Effect.gen(function* () {
  const ledger = Option.getOrUndefined(yield* Effect.serviceOption(Telemetry))
  if (ledger === undefined) return undefined
  // readers ask for one tenant: what is of none would be in no report
  const config = Option.getOrUndefined(yield* Effect.serviceOption(AegisConfig))
  const started = yield* now
  return Effect.fnUntraced(function* (exit: Exit.Exit<unknown, unknown>, facts: Facts) {
    const where = yield* whereabouts
    yield* ledger.record({
      outcome: "miss",
      ...where,
      ...(config === undefined ? {} : { namespace: config.settings.namespace }),
      // what a checkpoint was saved as is more than where that was
      ...facts,
      ...(Exit.isFailure(exit) ? { error: endOf(exit.cause) } : {}),
      at: yield* Clock.currentTimeMillis,
      // nothing, and clocks that only grow have differences that are not negative
      tokenCount: 0 as TokenCount,
      cost: Option.some(0 as Usd),
      latency: Math.max(0, (yield* now) - started) as Millis,
      cacheHit: false
    })
  })
})

/** Records an operation that spends nothing by itself. */
export const noted =
  <A>(facts: (value: A | undefined) => Facts) =>
  <E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(begun, (record) =>
      record === undefined
        ? self
        : Effect.onExit(self, (exit) => record(exit, facts(Exit.isSuccess(exit) ? exit.value : undefined)))
    )

/** The same of one that goes on while a stream is read; `facts` are asked for at its end. */
export const notedStream =
  (facts: () => Facts) =>
  <A, E, R>(self: Stream.Stream<A, E, R>): Stream.Stream<A, E, R> =>
    Stream.unwrap(
      Effect.map(begun, (record) =>
        record === undefined ? self : Stream.ensuringWith(self, (exit) => record(exit, facts()))
      )
    )
