/**
 * Records what other services do, where the program that asks them keeps a ledger: it is looked for in the context of the caller, so
 * that a gate or a run store alone needs none.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Millis, TokenCount, Usd } from "../domain/Measures.js"
import { whereabouts } from "./recorder/whereabouts.js"
import { Telemetry, type TelemetryEvent } from "./Telemetry.js"

/** How an effect ended that did not succeed: the tag of its error, or what else it was. */
export const endOf = (cause: Cause.Cause<{ readonly _tag: string }>): string =>
  Option.match(Cause.failureOption(cause), {
    onNone: () => (Cause.isInterrupted(cause) ? "interrupted" : "defect"),
    onSome: ({ _tag }) => _tag
  })

/** What is known of an operation beside its time: `value` is what it came to, where it did. */
export type Facts = Pick<TelemetryEvent, "operation" | "scaffoldId"> &
  Partial<Pick<TelemetryEvent, "outcome" | "checkpointId" | "namespace" | "findings">>

const now = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos) / 1e6)

/** Records an operation that spends nothing by itself. */
export const noted =
  <A>(facts: (value: A | undefined) => Facts) =>
  <E extends { readonly _tag: string }, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(Effect.serviceOption(Telemetry), (ledger) => {
      if (Option.isNone(ledger)) return self
      return Effect.flatMap(now, (started) =>
        Effect.onExit(self, (exit) =>
          Effect.gen(function* () {
            const where = yield* whereabouts
            yield* ledger.value.record({
              outcome: "miss",
              ...where,
              // what a checkpoint was saved as is more than where that was
              ...facts(Exit.isSuccess(exit) ? exit.value : undefined),
              ...(Exit.isFailure(exit) ? { error: endOf(exit.cause) } : {}),
              at: yield* Clock.currentTimeMillis,
              // nothing, and clocks that only grow have differences that are not negative
              tokenCount: 0 as TokenCount,
              cost: Option.some(0 as Usd),
              latency: Math.max(0, (yield* now) - started) as Millis,
              cacheHit: false
            })
          })
        )
      )
    })
