/**
 * Lets what happens in a run that is recorded end one after the other, each in a turn of the event loop: what one end brings about is done
 * before the next one, and what waits for nobody before all of them. So the order that is recorded is the order that the program saw.
 */
import * as Effect from "effect/Effect"
import { turn } from "./turn.js"

export interface Gate {
  /** Waits for its turn, and gives the order of this end. `meanwhile` is done before anybody learns of it. */
  readonly pass: <E, R>(
    meanwhile: (order: number) => Effect.Effect<void, E, R>
  ) => Effect.Effect<number, E, R>
  /** Takes so many orders at once, for what ended in an earlier run: the first of them. */
  readonly reserve: (count: number) => number
}

export const makeGate = (): Gate => {
  const one = Effect.unsafeMakeSemaphore(1)
  let ended = 0
  return {
    reserve: (count) => {
      const first = ended
      ended += count
      return first
    },
    pass: (meanwhile) =>
      one.withPermits(1)(
        Effect.zipRight(
          turn,
          Effect.uninterruptible(
            Effect.suspend(() => {
              const order = ended++
              return Effect.as(meanwhile(order), order)
            })
          )
        )
      )
  }
}
