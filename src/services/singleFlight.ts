/** Identical concurrent computations, done once. */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"

/**
 * Runs `compute` unless a computation of the same key is under way: then its result is awaited, and `follow` turns it
 * into the follower's own. When the leader is interrupted, one of its followers takes over; its failure is everybody's.
 */
export const makeSingleFlight = <A, E>(
  follow: (result: A) => A
): (<R>(key: string, compute: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>) => {
  const flights = new Map<string, Deferred.Deferred<Option.Option<A>, E>>()
  const run = <R>(key: string, compute: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const underWay = flights.get(key)
        if (underWay !== undefined) {
          return Effect.flatMap(
            restore(Deferred.await(underWay)),
            Option.match({
              onNone: () => restore(run(key, compute)),
              onSome: (result) => Effect.succeed(follow(result))
            })
          )
        }
        const flight = Deferred.unsafeMake<Option.Option<A>, E>(FiberId.none)
        flights.set(key, flight)
        return Effect.onExit(restore(compute), (exit) => {
          flights.delete(key)
          return Exit.isFailure(exit) && Cause.isInterrupted(exit.cause)
            ? Deferred.succeed(flight, Option.none())
            : Deferred.done(flight, Exit.map(exit, Option.some))
        })
      })
    )
  return run
}
