/** Defects of the stock library that services work around: if one of these tests fails, the library is mended. */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionPlan from "effect/ExecutionPlan"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

/** How often an effect that ends by itself did not end, being interrupted after 0, 1, 2... steps. */
const hanging = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<number> =>
  Effect.gen(function* () {
    let count = 0
    for (const maxOps of [15, 20]) {
      for (let steps = 0; steps < 40; steps++) {
        // what never ends must not be waited for by who forked it
        const fiber = yield* Effect.forkDaemon(Effect.withMaxOpsBeforeYield(effect, maxOps))
        yield* Effect.yieldNow().pipe(Effect.repeatN(steps))
        yield* Fiber.interruptFork(fiber)
        yield* Effect.yieldNow().pipe(Effect.repeatN(300))
        if (fiber.unsafePoll() === null) count += 1
      }
    }
    return count
  })

class Turn extends Context.Tag("test/Turn")<Turn, number>() {}

const turn = Stream.fromEffect(Effect.zipRight(Effect.yieldNow(), Turn))

describe("an effect that is interrupted on a scheduler that yields often", () => {
  it.effect("may never end where it forks: the first fiber finds nothing to do, and does not say so", () =>
    Effect.gen(function* () {
      const both = Effect.forEach([1, 2], () => Effect.void, { concurrency: "unbounded", discard: true })
      assert.isAbove(yield* hanging(both), 0)
    })
  )

  it.effect("may never end as a stream with a plan of layers, which are built so", () =>
    Effect.gen(function* () {
      const plan = ExecutionPlan.make({ provide: Layer.succeed(Turn, 1) })
      assert.isAbove(yield* hanging(Stream.runDrain(Stream.withExecutionPlan(turn, plan))), 0)
    })
  )

  it.effect("ends as a stream with a plan of contexts", () =>
    Effect.gen(function* () {
      const plan = ExecutionPlan.make({ provide: Context.make(Turn, 1) })
      assert.strictEqual(yield* hanging(Stream.runDrain(Stream.withExecutionPlan(turn, plan))), 0)
    })
  )
})
