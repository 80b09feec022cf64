import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as WriteBehind from "../../src/services/WriteBehind.js"
import { StoreError } from "../../src/domain/StoreErrors.js"

const full = new StoreError({ operation: "write", reason: "full" })

/** A writer whose writes can be watched, made to fail and made to wait. */
const makeWriter = (options: { readonly capacity?: number; readonly batch?: number } = {}) =>
  Effect.gen(function* () {
    const written: Array<ReadonlyArray<number>> = []
    const state: { failing: boolean; before: Effect.Effect<void> } = { failing: false, before: Effect.void }
    const writer = yield* WriteBehind.make<number>({
      write: (items) =>
        Effect.zipRight(
          state.before,
          Effect.suspend(() => (state.failing ? full : Effect.sync(() => void written.push(items))))
        ),
      capacity: options.capacity ?? 100,
      batch: options.batch ?? 3,
      interval: "200 millis"
    })
    const offer = (...items: ReadonlyArray<number>) => items.map((item) => writer.unsafeOffer(item))
    return { ...writer, offer, state, written }
  })

const settle = Effect.repeatN(Effect.yieldNow(), 50)

describe("writing behind", () => {
  it.scoped("writes in order and in batches, an interval after the first item came", () =>
    Effect.gen(function* () {
      const { offer, written } = yield* makeWriter()
      offer(1, 2)
      yield* TestClock.adjust("199 millis")
      offer(3, 4)
      assert.deepStrictEqual(written, [])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(written, [[1, 2, 3], [4]])
      offer(5)
      yield* TestClock.adjust("200 millis")
      assert.deepStrictEqual(written, [[1, 2, 3], [4], [5]])
    })
  )

  it.scoped("sets no timer while there is nothing to write", () =>
    Effect.gen(function* () {
      const { flush, offer, written } = yield* makeWriter()
      yield* settle
      assert.strictEqual(Chunk.size(yield* TestClock.sleeps()), 0)
      offer(1)
      yield* settle
      assert.strictEqual(Chunk.size(yield* TestClock.sleeps()), 1)
      yield* flush
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(Chunk.size(yield* TestClock.sleeps()), 0)
      assert.deepStrictEqual(written, [[1]])
    })
  )

  it.scoped("writes everything at once when asked to, also what comes meanwhile", () =>
    Effect.gen(function* () {
      const { flush, offer, state, written } = yield* makeWriter()
      const gate = yield* Deferred.make<void>()
      state.before = Deferred.await(gate)
      offer(1, 2)
      const flushing = yield* Effect.fork(flush)
      yield* settle
      offer(3)
      const another = yield* Effect.fork(flush)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll([flushing, another])
      assert.deepStrictEqual(written, [[1, 2], [3]])
    })
  )

  it.scoped("keeps what could not be written, says so when asked, and tries again by itself", () =>
    Effect.gen(function* () {
      const { flush, lost, offer, state, written } = yield* makeWriter()
      state.failing = true
      offer(1, 2, 3, 4)
      assert.strictEqual(yield* Effect.flip(flush), full)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(written, [])
      state.failing = false
      offer(5)
      yield* TestClock.adjust("200 millis")
      assert.deepStrictEqual(written, [
        [1, 2, 3],
        [4, 5]
      ])
      assert.strictEqual(yield* lost, 0)
    })
  )

  it.scoped("goes on after a write that broke down", () =>
    Effect.gen(function* () {
      const { offer, state, written } = yield* makeWriter()
      state.before = Effect.dieMessage("a fault in the writer")
      offer(1)
      yield* TestClock.adjust("200 millis")
      state.before = Effect.void
      yield* TestClock.adjust("200 millis")
      assert.deepStrictEqual(written, [[1]])
    })
  )

  it.scoped("refuses and counts what does not fit", () =>
    Effect.gen(function* () {
      const { flush, lost, offer, written } = yield* makeWriter({ capacity: 2 })
      assert.deepStrictEqual(offer(1, 2, 3, 4), [true, true, false, false])
      assert.strictEqual(yield* lost, 2)
      yield* flush
      assert.deepStrictEqual(offer(5), [true])
      yield* flush
      assert.deepStrictEqual(written, [[1, 2], [5]])
      assert.strictEqual(yield* lost, 2)
    })
  )

  it.scoped("writes nothing twice when whoever flushes is interrupted", () =>
    Effect.gen(function* () {
      const { flush, offer, state, written } = yield* makeWriter()
      const gate = yield* Deferred.make<void>()
      state.before = Deferred.await(gate)
      offer(1, 2, 3, 4)
      const flushing = yield* Effect.fork(flush)
      yield* settle
      const interrupting = yield* Effect.fork(Fiber.interrupt(flushing))
      yield* settle
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(interrupting)
      yield* flush
      assert.deepStrictEqual(written, [[1, 2, 3], [4]])
    })
  )

  it.effect("writes what is left when its scope closes", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { offer, written } = yield* Scope.extend(makeWriter(), scope)
      offer(1, 2, 3, 4)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(written, [[1, 2, 3], [4]])
    })
  )

  it.effect("counts as lost, with a warning, what cannot be written even then", () => {
    const warnings: Array<unknown> = []
    const logger = Logger.make(({ message }) => void warnings.push(message))
    return Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { lost, offer, state } = yield* Scope.extend(makeWriter(), scope)
      offer(1, 2)
      state.failing = true
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* lost, 2)
      assert.deepStrictEqual(warnings, [[`2 records could not be written: ${full.message}`]])
    }).pipe(Effect.provide(Logger.add(logger)))
  })
})
