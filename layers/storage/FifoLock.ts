/**
 * A lock whose turns come in the order in which they were asked for. `Effect.makeSemaphore` lets a fiber that releases
 * a permit take it again before those who wait: one busy fiber then starves all others for as long as it likes.
 *
 * Not re-entrant: whoever holds the lock and asks for it again waits for ever.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/** The `restore` that `Effect.uninterruptibleMask` hands out. */
type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

export interface FifoLock {
  /** Whether somebody has the turn. What ends before anybody else can run may go without one while nobody has. */
  readonly unsafeIsHeld: () => boolean
  /**
   * Waits for the turn and succeeds with the function that ends it. Run it uninterruptibly and give it `restore`:
   * the wait is then interruptible and the turn cannot be lost between here and the caller's finalizer.
   */
  readonly enter: (restore: Restore) => Effect.Effect<() => void>
  /** Runs an effect in its turn. */
  readonly withTurn: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

export const make = (): FifoLock => {
  let held = false
  const waiting = new Set<() => void>()

  const leave = (): void => {
    const [next] = waiting
    if (next === undefined) {
      held = false
    } else {
      waiting.delete(next)
      next()
    }
  }

  const queue = (restore: Restore): Effect.Effect<() => void> => {
    let come = false
    let resume = (): void => {}
    const turn = (): void => {
      come = true
      resume()
    }
    waiting.add(turn)
    const wait = Effect.async<void>((done) => {
      resume = () => done(Effect.void)
      if (come) resume()
    })
    return Effect.flatMap(Effect.exit(restore(wait)), (exit) => {
      if (Exit.isSuccess(exit)) return Effect.succeed(leave)
      // The turn may have come at the very moment of the interruption: it is passed on, never dropped.
      if (come) leave()
      else waiting.delete(turn)
      return Effect.failCause(exit.cause)
    })
  }

  const enter: FifoLock["enter"] = (restore) =>
    Effect.suspend(() => {
      if (held) return queue(restore)
      held = true
      return Effect.succeed(leave)
    })

  return {
    unsafeIsHeld: () => held,
    enter,
    withTurn: (effect) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(enter(restore), (done) => Effect.ensuring(restore(effect), Effect.sync(done)))
      )
  }
}
