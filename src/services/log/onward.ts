/** Going on with what is at hand already, without the detour through a fiber. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/** The outcome that is there already. */
export const exitOf = <A, E>(self: Effect.Effect<A, E>): Exit.Exit<A, E> | undefined =>
  // an Effect that is an Exit has the Effect's own value and error
  Exit.isExit(self) ? (self as Exit.Exit<A, E>) : undefined

/** `Effect.flatMap`, at once where the first outcome is there. */
export const onward = <A, E, B, E2>(
  self: Effect.Effect<A, E>,
  next: (value: A) => Effect.Effect<B, E2>
): Effect.Effect<B, E | E2> => {
  const exit = exitOf(self)
  if (exit === undefined) return Effect.flatMap(self, next)
  return Exit.isSuccess(exit) ? next(exit.value) : Exit.failCause(exit.cause)
}
