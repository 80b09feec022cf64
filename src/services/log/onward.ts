/** Going on with what is at hand already, without the detour through a fiber. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/** `Effect.flatMap`, at once where the first outcome is there. */
export const onward = <A, E, B, E2>(
  self: Effect.Effect<A, E>,
  next: (value: A) => Effect.Effect<B, E2>
): Effect.Effect<B, E | E2> => {
  if (!Exit.isExit(self)) return Effect.flatMap(self, next)
  const exit = self as Exit.Exit<A, E>
  return Exit.isSuccess(exit) ? next(exit.value) : Exit.failCause(exit.cause)
}
