/** Turns: what is done under one key is done one after the other. */
import * as Effect from "effect/Effect"

export type Turns = <A, E, R>(key: string, self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

export const makeTurns = (): Turns => {
  /** Keys that somebody has, or waits for. */
  const turns = new Map<string, { readonly turn: Effect.Semaphore; users: number }>()
  return (key, self) =>
    Effect.uninterruptibleMask((restore) => {
      const own = turns.get(key) ?? { turn: Effect.unsafeMakeSemaphore(1), users: 0 }
      own.users += 1
      turns.set(key, own)
      return Effect.ensuring(
        restore(own.turn.withPermits(1)(self)),
        Effect.sync(() => {
          own.users -= 1
          if (own.users === 0) turns.delete(key)
        })
      )
    })
}
