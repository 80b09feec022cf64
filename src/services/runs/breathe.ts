/** Lets everyone else have a turn: timers and sockets too, which a mere yield of fibers would hold up. */
import * as Effect from "effect/Effect"

export const breathe: Effect.Effect<void> = Effect.async<void>((resume) => {
  const turn = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(turn))
})
