/** The clock of a run: what it says, and how long it is slept, are recorded. Outside of a node it is the clock as it is. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import { sha256 } from "../../prompt/digest.js"
import { perform } from "./perform.js"
import { current, type Scope } from "./Scope.js"

const keyOfSleep = sha256("sleep")

/** What the clock says now, in milliseconds with a fraction: in a strict replay, what it said then. */
const read = (clock: Clock.Clock, { node, way }: Scope): Effect.Effect<number> =>
  Effect.map(clock.currentTimeNanos, (nanos) => {
    const known = node.clock.get(way) ?? []
    node.clock.set(way, known)
    const past = node.run.mode === "strict" ? node.past?.clock[way] : undefined
    const now = past?.[known.length] ?? past?.at(-1) ?? Number(nanos) / 1e6
    known.push(now)
    return now
  })

export const makeWorldClock = (clock: Clock.Clock): Clock.Clock => {
  const said = Effect.flatMap(FiberRef.get(current), (scope) =>
    scope === undefined
      ? Effect.map(clock.currentTimeNanos, (nanos) => Number(nanos) / 1e6)
      : read(clock, scope)
  )
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    // these two are for spans and logs, which are no part of what a program does
    unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis(),
    unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
    currentTimeMillis: Effect.map(said, Math.trunc),
    currentTimeNanos: Effect.map(said, (millis) => BigInt(Math.round(millis * 1e6))),
    sleep: (duration) =>
      Effect.flatMap(FiberRef.get(current), (scope) =>
        scope === undefined
          ? clock.sleep(duration)
          : perform(
              scope,
              {
                kind: "sleep",
                name: "sleep",
                key: keyOfSleep,
                request: { millis: Duration.toMillis(duration) },
                toOutcome: (exit) =>
                  Exit.isSuccess(exit) ? { _tag: "done", value: null } : { _tag: "interrupted" },
                fromOutcome: () => Effect.void,
                reusable: () => false
              },
              Effect.withClock(clock.sleep(duration), clock),
              () => Effect.void
            )
      )
  }
}
