/**
 * Lets recorded steps end one after the other, in the order in which they ended when they were recorded: so whoever won a race wins
 * it again. A step waits for those before it. When none of these is asked for any more, the program is another one, and the next that
 * waits goes first.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { current } from "./Scope.js"
import { pause, turn } from "./turn.js"

export interface Turnstile {
  readonly pass: (order: number) => Effect.Effect<void>
  /** Waits until nobody has come through for so long that nobody will. */
  readonly idle: Effect.Effect<void>
}

/**
 * So many turns of the event loop nobody came through before it is given up to wait for a step, and so many pauses more: what is not
 * recorded, as reading a file, takes its time. Once it was given up the program is another one, and is not waited for any more.
 */
const patience = { turns: 64, pauses: 64 }
/** Who asks for what is not where it was is told so before others are let through in its place. */
const shorter = 16

/** `orders` are those of all steps that ended. */
export const makeTurnstile = (orders: ReadonlyArray<number>): Turnstile => {
  const expected = [...orders].sort((one, other) => one - other)
  const waiting = new Map<number, Deferred.Deferred<void>>()
  let next = 0
  let moving = false
  let passed = 0
  let isOther = false

  const breath = (idle: number): Effect.Effect<void> => (idle < patience.turns ? turn : pause)
  const isEnough = (idle: number, pauses = patience.pauses): boolean =>
    idle >= patience.turns + (isOther ? 0 : pauses)

  const first = (): number => {
    let least = Infinity
    for (const order of waiting.keys()) least = Math.min(least, order)
    return least
  }

  /** Lets through whoever is due, until nobody waits. What one step brings about has its turn before the next one ends. */
  const move = Effect.gen(function* () {
    let idle = 0
    while (waiting.size > 0) {
      yield* breath(idle)
      const order = expected[next]
      const due = order !== undefined && waiting.has(order) ? order : isEnough(idle) ? first() : undefined
      const ready = due === undefined ? undefined : waiting.get(due)
      if (due === undefined || ready === undefined) {
        idle += 1
        continue
      }
      isOther ||= due !== order
      idle = 0
      passed += 1
      waiting.delete(due)
      while ((expected[next] ?? Infinity) <= due) next += 1
      yield* Deferred.succeed(ready, undefined)
    }
    moving = false
  })

  /** Nobody interrupts this: it would never move again. */
  const start = Effect.uninterruptible(
    Effect.suspend(() => {
      if (moving) return Effect.void
      moving = true
      // not a fork of the program that is replayed
      return Effect.locally(Effect.forkDaemon(move), current, undefined)
    })
  )

  const idle = Effect.gen(function* () {
    let [seen, turns] = [passed, 0]
    while (!isEnough(turns, shorter)) {
      yield* breath(turns)
      turns = seen === passed ? turns + 1 : 0
      seen = passed
    }
  })

  return {
    idle,
    pass: (order) =>
      Effect.gen(function* () {
        const ready = yield* Deferred.make<void>()
        waiting.set(order, ready)
        yield* start
        yield* Deferred.await(ready)
      }).pipe(Effect.onInterrupt(() => Effect.sync(() => waiting.delete(order))))
  }
}
