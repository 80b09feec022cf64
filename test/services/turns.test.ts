import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { makeTurns } from "../../src/services/turns.js"

describe("turns", () => {
  for (const pace of [10, 20, 2048]) {
    it.effect(`are taken one after the other under one key, yielding every ${pace} steps`, () =>
      Effect.gen(function* () {
        const inTurn = makeTurns()
        const busy = new Map<string, number>()
        const order: Array<number> = []
        const work = (key: string, n: number) =>
          inTurn(
            key,
            Effect.gen(function* () {
              busy.set(key, (busy.get(key) ?? 0) + 1)
              for (let step = 0; step < 30; step += 1) {
                assert.strictEqual(busy.get(key), 1)
                yield* Effect.yieldNow()
              }
              busy.set(key, 0)
              order.push(n)
            })
          )
        yield* Effect.all(
          Array.from({ length: 40 }, (_, n) => work(n % 2 === 0 ? "a" : "b", n)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(order.length, 40)
      }).pipe(Effect.withMaxOpsBeforeYield(pace))
    )
  }

  it.effect("go on when somebody fails, or is interrupted while waiting or working", () =>
    Effect.gen(function* () {
      const inTurn = makeTurns()
      const stuck = yield* Effect.fork(inTurn("a", Effect.never))
      yield* Effect.yieldNow()
      const waiting = yield* Effect.fork(inTurn("a", Effect.never))
      yield* Effect.yieldNow()
      const next = yield* Effect.fork(inTurn("a", Effect.succeed("done")))
      assert.strictEqual(yield* inTurn("b", Effect.succeed("other")), "other")
      yield* Fiber.interrupt(waiting)
      yield* Fiber.interrupt(stuck)
      assert.strictEqual(yield* Fiber.join(next), "done")
      assert.strictEqual(yield* Effect.flip(inTurn("a", Effect.fail("failed"))), "failed")
      assert.strictEqual(yield* inTurn("a", Effect.succeed("again")), "again")
    })
  )
})
