import * as Effect from "effect/Effect"

/** Some milliseconds in which what is under way elsewhere, as on a disk, may come to its end. Whatever the clock of the run says. */
export const pause: Effect.Effect<void> = Effect.async<void>((resume) => {
  const handle = setTimeout(() => resume(Effect.void), 4)
  return Effect.sync(() => clearTimeout(handle))
})

/** The next turn of the event loop: all that is due in this one has been done then. */
export const turn: Effect.Effect<void> = Effect.async<void>((resume) => {
  const handle = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(handle))
})
