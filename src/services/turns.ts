/** Turns by name: what is done under one name is done one after the other. RcMap may make two of one name when it yields. */
import * as Effect from "effect/Effect"

export const makeTurns = (): (<A, E, R>(
  name: string,
  self: Effect.Effect<A, E, R>
) => Effect.Effect<A, E, R>) => {
  const turns = new Map<string, { readonly semaphore: Effect.Semaphore; users: number }>()
  return (name, self) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        const turn = turns.get(name) ?? { semaphore: Effect.unsafeMakeSemaphore(1), users: 0 }
        turn.users += 1
        turns.set(name, turn)
        return turn
      }),
      ({ semaphore }) => semaphore.withPermits(1)(self),
      (turn) =>
        Effect.sync(() => {
          turn.users -= 1
          if (turn.users === 0) turns.delete(name)
        })
    )
}
