/**
 * Writing later, in batches. Owns: that what was taken is written, in order, or counted as lost. The writer sleeps while
 * there is nothing to write, and writes what is left when its scope closes.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { StoreError } from "../domain/StoreErrors.js"

export interface WriteBehind<A> {
  /** Takes an item at once; false, and the item is lost, when the queue is full. */
  readonly unsafeOffer: (item: A) => boolean
  /** Writes everything taken so far. What cannot be written stays in the queue. */
  readonly flush: Effect.Effect<void, StoreError>
  /** How many items were lost. */
  readonly lost: Effect.Effect<number>
}

/** `write` gets at most `batch` items at a time, at most `interval` after the first of them was taken. */
export const make = <A>(options: {
  readonly write: (items: ReadonlyArray<A>) => Effect.Effect<void, StoreError>
  readonly capacity: number
  readonly batch: number
  readonly interval: Duration.DurationInput
}): Effect.Effect<WriteBehind<A>, never, Scope.Scope> =>
  Effect.gen(function* () {
    let queue: Array<A> = []
    let lost = 0
    const waiting = yield* Effect.makeLatch()
    const turn = yield* Effect.makeSemaphore(1)

    const writeBatch = Effect.suspend(() => {
      const items = queue.slice(0, options.batch)
      return Effect.map(options.write(items), () => {
        queue = queue.slice(items.length)
      })
    })
    // uninterruptible: a batch that was written must leave the queue, or it would be written again
    const flush = turn.withPermits(1)(
      Effect.uninterruptible(
        Effect.whileLoop({ while: () => queue.length > 0, body: () => writeBatch, step: () => {} })
      )
    )

    yield* waiting.await.pipe(
      Effect.zipRight(Effect.sleep(options.interval)),
      Effect.zipRight(waiting.close),
      Effect.zipRight(Effect.ignoreLogged(flush)),
      Effect.zipRight(Effect.sync(() => queue.length > 0 && waiting.unsafeOpen())),
      Effect.forever,
      // a fiber takes over from its parent that it cannot be interrupted; its scope would never close
      Effect.interruptible,
      Effect.forkScoped
    )
    yield* Effect.addFinalizer(() =>
      Effect.catchAll(flush, (error) => {
        lost += queue.length
        return Effect.logWarning(`${queue.length} records could not be written: ${error.message}`)
      })
    )

    return {
      unsafeOffer: (item) => {
        if (queue.length >= options.capacity) {
          lost++
          return false
        }
        queue.push(item)
        if (queue.length === 1) waiting.unsafeOpen()
        return true
      },
      flush,
      lost: Effect.sync(() => lost)
    }
  })
