/** Calls within budgets that take longer than their time limit: what they may cost stays taken until they end. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as BudgetStorageSqlite from "../../layers/BudgetStorageSqlite.js"
import type { Millis } from "../../src/domain/Measures.js"
import { BudgetStorage, layerMemory } from "../../src/services/BudgetStorage.js"
import type { ProviderAdapter } from "../../src/services/ProviderAdapter.js"
import { adapterOf, answer, limits, resolved, setUp as setUpWith } from "./spendingRig.js"
import { tempDatabase } from "./storages.js"

/** Over the storage that is around. */
const setUp = (adapter: ProviderAdapter) =>
  Effect.flatMap(BudgetStorage, (storage) =>
    setUpWith([adapter], { hard: 0.15 }, Layer.succeed(BudgetStorage, storage))
  )

const minute = 60_000
const call = { ...limits, timeout: 1000 as Millis } // not negative

/** Lets all fibers go as far as they can, and the clock as far as said. */
const pass = (millis: number): Effect.Effect<void> =>
  Effect.yieldNow().pipe(Effect.repeatN(100), Effect.zipRight(TestClock.adjust(millis)))

for (const [name, storage] of [
  ["in memory", layerMemory],
  ["on SQLite", BudgetStorageSqlite.layer.pipe(Layer.provide(tempDatabase))]
] as const) {
  for (const maxOps of [20, 100, 2048]) {
    describe(`a call that takes long, its budget ${name}, yielding every ${maxOps} steps`, () => {
      it.effect("keeps its reservation as a stream that is heard slowly, and settles once", () =>
        Effect.gen(function* () {
          const { adapter } = adapterOf("vllm", Effect.succeed(answer()))
          const { executor, stands } = yield* setUp(adapter)
          const slowly = executor.stream(resolved, call).pipe(
            Stream.tap(() => Effect.sleep("10 minutes")),
            Stream.runDrain
          )
          const fiber = yield* Effect.fork(slowly)
          for (const minutes of [1, 2, 7, 9]) {
            yield* pass(minutes * minute)
            assert.deepStrictEqual(yield* stands, [0, 0.1])
          }
          assert.strictEqual((yield* Effect.flip(executor.execute(resolved, call)))._tag, "BudgetExceeded")
          yield* pass(minute)
          yield* Fiber.join(fiber)
          assert.deepStrictEqual(yield* stands, [0.03, 0])
          yield* pass(2 * minute)
          assert.deepStrictEqual(yield* stands, [0.03, 0])
        }).pipe(Effect.withMaxOpsBeforeYield(maxOps), Effect.provide(storage))
      )

      it.effect("keeps it as an execution whose adapter has no time limit", () =>
        Effect.gen(function* () {
          const { adapter } = adapterOf("vllm", Effect.as(Effect.sleep("10 minutes"), answer()))
          const { executor, stands } = yield* setUp(adapter)
          const fiber = yield* Effect.fork(executor.execute(resolved, call))
          yield* pass(9 * minute)
          assert.deepStrictEqual(yield* stands, [0, 0.1])
          yield* pass(minute)
          yield* Fiber.join(fiber)
          assert.deepStrictEqual(yield* stands, [0.03, 0])
        }).pipe(Effect.withMaxOpsBeforeYield(maxOps), Effect.provide(storage))
      )

      it.effect("gives it back when it is interrupted", () =>
        Effect.gen(function* () {
          const { adapter } = adapterOf("vllm", Effect.never)
          const { executor, stands } = yield* setUp(adapter)
          const cheap = { ...call, maxTokens: 5 }
          for (const [spent, send] of [
            [0.05, Effect.asVoid(executor.execute(resolved, cheap))],
            [0.1, Stream.runDrain(executor.stream(resolved, cheap))]
          ] as const) {
            const fiber = yield* Effect.fork(send)
            yield* pass(10 * minute)
            assert.strictEqual((yield* stands)[1], 0.05)
            yield* Fiber.interrupt(fiber)
            assert.deepStrictEqual(yield* stands, [spent, 0])
            yield* pass(10 * minute)
            assert.deepStrictEqual(yield* stands, [spent, 0])
          }
        }).pipe(Effect.withMaxOpsBeforeYield(maxOps), Effect.provide(storage))
      )
    })
  }
}
