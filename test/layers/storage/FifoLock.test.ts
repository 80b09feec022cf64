import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FifoLock from "../../../layers/storage/FifoLock.js"

describe("a lock with turns", () => {
  it.effect("gives turns in the order in which they were asked for, also to one who asks again at once", () =>
    Effect.gen(function* () {
      const lock = FifoLock.make()
      const order: Array<string> = []
      const turns = (name: string, count: number) =>
        lock
          .withTurn(
            Effect.zipRight(
              Effect.sync(() => order.push(name)),
              Effect.yieldNow()
            )
          )
          .pipe(Effect.repeatN(count - 1))
      yield* Effect.all([turns("a", 3), turns("b", 2), turns("c", 3)], { concurrency: "unbounded" })
      assert.strictEqual(order.join(""), "abcabcac")
    })
  )

  it.effect("passes on the turn of one who fails, dies or is interrupted", () =>
    Effect.gen(function* () {
      const lock = FifoLock.make()
      const ends = [Effect.fail("no"), Effect.die("bug"), Effect.interrupt]
      const exits = yield* Effect.forEach(ends, (end) => Effect.exit(lock.withTurn(end)))
      assert.isTrue(exits.every(Exit.isFailure))
      assert.strictEqual(yield* lock.withTurn(Effect.succeed("free")), "free")
    })
  )

  it.effect("forgets one who gives up waiting, and keeps the order of the others", () =>
    Effect.gen(function* () {
      const lock = FifoLock.make()
      const latch = yield* Effect.makeLatch(false)
      const order: Array<number> = []
      const holder = yield* Effect.fork(lock.withTurn(latch.await))
      yield* Effect.yieldNow()
      const waiting = yield* Effect.forEach([1, 2, 3], (n) =>
        Effect.fork(lock.withTurn(Effect.sync(() => order.push(n))))
      )
      yield* Effect.yieldNow()
      const second = waiting[1]
      if (second !== undefined) yield* Fiber.interrupt(second)
      yield* latch.open
      yield* Fiber.join(holder)
      yield* Effect.forEach(waiting, Fiber.await)
      assert.deepStrictEqual(order, [1, 3])
    })
  )

  it.effect("is never lost nor given twice, whenever its waiters are interrupted", () =>
    Effect.forEach([15, 20, 33, 100, 2048], (pace) =>
      Effect.gen(function* () {
        const lock = FifoLock.make()
        let inside = 0
        let worst = 0
        const work = lock.withTurn(
          Effect.acquireUseRelease(
            Effect.sync(() => (worst = Math.max(worst, ++inside))),
            () => Effect.yieldNow(),
            () => Effect.sync(() => --inside)
          )
        )
        yield* Effect.forEach(
          Array.from({ length: 200 }, (_, index) => index),
          (index) =>
            Effect.gen(function* () {
              const fiber = yield* Effect.fork(work)
              for (let wait = 0; wait < index % 9; wait++) yield* Effect.yieldNow()
              if (index % 3 !== 0) yield* Fiber.interruptFork(fiber)
              yield* Fiber.await(fiber)
            }),
          { concurrency: 17 }
        ).pipe(Effect.withMaxOpsBeforeYield(pace))
        assert.strictEqual(worst, 1)
        assert.strictEqual(inside, 0)
        assert.strictEqual(yield* lock.withTurn(Effect.succeed("free")), "free")
      })
    )
  )
})
