/**
 * One statement on a connection of the pool, as fast as the driver is. As long as all goes well, it is one callback after the
 * other: effects for each of the steps cost more than the driver's work.
 */
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type * as PgWire from "./PgWire.js"

/** Asks for a connection. Gives what takes the question back, if there is no answer yet. */
export type Ask = (onWire: (wire: PgWire.PgWire) => void, onFailure: (error: SqlError) => void) => () => void

export const make =
  (ask: Ask) =>
  (text: string, params: ReadonlyArray<unknown>): Effect.Effect<ReadonlyArray<object>, SqlError> =>
    Effect.async((resume) => {
      /** What interrupts the statement, as long as there is no answer. */
      let stop: Effect.Effect<void> = Effect.void
      let release: Effect.Effect<void> = Effect.void
      let isAwaited = true
      const releaseOnce = Effect.suspend(() => {
        const left = release
        release = Effect.void
        return left
      })
      const goOn = (outcome: Effect.Effect<ReadonlyArray<object>, SqlError>): void => {
        stop = Effect.void
        resume(Effect.ensuring(outcome, releaseOnce))
      }
      const takeBack = ask((wire) => {
        release = wire.release
        stop = wire.start(
          text,
          params,
          (rows) => {
            // whoever interrupts gives the connection back, once the server has stopped
            if (!isAwaited) return
            if (wire.inTransaction()) return goOn(Effect.succeed(rows))
            stop = release = Effect.void
            wire.giveBack()
            resume(Effect.succeed(rows))
          },
          goOn
        )
      }, resume)
      return Effect.suspend(() => {
        isAwaited = false
        takeBack()
        return Effect.zipRight(stop, releaseOnce)
      })
    })
