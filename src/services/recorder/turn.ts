import * as Effect from "effect/Effect"

/** The next turn of the event loop: all that is due in this one has been done then. */
export const turn: Effect.Effect<void> = Effect.async<void>((resume) => {
  const handle = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(handle))
})
