/** Many fibers at one cache, under schedulers that yield often and seldom. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { Outcome } from "../../src/domain/Outcome.js"
import { UnsupportedParameter } from "../../src/domain/PromptErrors.js"
import type { ProviderAdapter } from "../../src/services/ProviderAdapter.js"
import { makeSingleFlight } from "../../src/services/singleFlight.js"
import { inputOf, makeRig, prompt } from "./rig.js"
import { layerMemory } from "../../src/services/scaffoldStorageMemory.js"
import { storages } from "./storages.js"

/** Lets every fiber that can go on do so, until all of them wait. */
const settle = Effect.repeatN(Effect.yieldNow(), 2000)

/** An adapter that renders when the gate opens. */
const gated = Effect.map(Deferred.make<void>(), (gate) => ({
  open: Deferred.succeed(gate, undefined),
  adapter: (adapter: ProviderAdapter): ProviderAdapter => ({
    ...adapter,
    resolveScaffold: (...what) => Effect.zipRight(Deferred.await(gate), adapter.resolveScaffold(...what))
  })
}))

const count = (outcomes: ReadonlyArray<Outcome>): Partial<Record<Outcome, number>> =>
  Object.fromEntries(
    [...new Set(outcomes)].sort().map((each) => [each, outcomes.filter((other) => other === each).length])
  )

const hundred = Array.from({ length: 100 }, (_, i) => i)

describe.each(storages)("callers at the same time, %s", (_, storage) => {
  describe.each([20, 100, 2048])("yielding every %i operations", (operations) => {
    const scheduled = Effect.withMaxOpsBeforeYield(operations)

    it.scoped("share one computation of what all of them ask for", () =>
      Effect.gen(function* () {
        const { adapter, open } = yield* gated
        const { cache, records, renders } = yield* makeRig(storage, { adapter })
        const fiber = yield* Effect.fork(
          scheduled(
            Effect.forEach(hundred, () => cache.resolve(inputOf(prompt())), { concurrency: "unbounded" })
          )
        )
        yield* settle
        yield* open
        const all = yield* Fiber.join(fiber)
        assert.strictEqual(renders(), 1)
        assert.deepStrictEqual(count(all.map(({ outcome }) => outcome)), { follower: 99, miss: 1 })
        assert.deepStrictEqual(count(records.map(({ outcome }) => outcome)), { follower: 99, miss: 1 })
        assert.strictEqual(new Set(all.map(({ resolvedContent }) => resolvedContent)).size, 1)
        assert.strictEqual(all.filter(({ cacheHit }) => cacheHit).length, 0)
        const { lookups } = yield* cache.stats()
        assert.deepInclude(lookups, { follower: 99, miss: 1, hit: 0 })
      })
    )

    it.scoped("compute once also when they come one after the other in each other's way", () =>
      Effect.gen(function* () {
        const { cache, renders } = yield* makeRig(storage)
        const all = yield* scheduled(
          Effect.forEach(
            hundred,
            (i) =>
              Effect.zipRight(
                Effect.repeatN(Effect.yieldNow(), (i * 7) % 40),
                cache.resolve(inputOf(prompt()))
              ),
            { concurrency: "unbounded" }
          )
        )
        const outcomes = count(all.map(({ outcome }) => outcome))
        assert.strictEqual(renders(), 1, JSON.stringify(outcomes))
        assert.strictEqual(outcomes.miss, 1)
      })
    )

    it.scoped("each get their own prompt's answer", () =>
      Effect.gen(function* () {
        const { cache, renders } = yield* makeRig(storage)
        const all = yield* scheduled(
          Effect.forEach(hundred, (i) => cache.resolve(inputOf(prompt({ task: `Task ${i % 10}.` }))), {
            concurrency: "unbounded"
          })
        )
        assert.strictEqual(renders(), 10)
        all.forEach(({ resolvedContent }, i) => assert.include(resolvedContent, `Task ${i % 10}.`))
      })
    )

    it.scoped("outlive the leader that they follow", () =>
      Effect.gen(function* () {
        const { adapter, open } = yield* gated
        const { cache, renders } = yield* makeRig(storage, { adapter })
        const leader = yield* Effect.fork(scheduled(cache.resolve(inputOf(prompt()))))
        yield* settle
        const others = yield* Effect.forEach(hundred, () =>
          Effect.fork(scheduled(cache.resolve(inputOf(prompt()))))
        )
        yield* settle
        assert.strictEqual(renders(), 1)
        const gone = yield* Fiber.interrupt(leader)
        assert.isTrue(Exit.isInterrupted(gone))
        yield* Effect.forEach(others.slice(0, 40), Fiber.interrupt)
        yield* settle
        yield* open
        const all = yield* Effect.forEach(others.slice(40), Fiber.join)
        assert.deepStrictEqual(count(all.map(({ outcome }) => outcome)), { follower: 59, miss: 1 })
      })
    )

    it.scoped("all fail with the leader's error, and the next one tries again", () =>
      Effect.gen(function* () {
        const { adapter, open } = yield* gated
        let failing = true
        const { cache, renders } = yield* makeRig(storage, {
          adapter: (inner) => {
            const slow = adapter(inner)
            return {
              ...slow,
              resolveScaffold: (scaffold, how) =>
                Effect.flatMap(slow.resolveScaffold(scaffold, how), (rendering) =>
                  failing
                    ? new UnsupportedParameter({ provider: "openai", model: "gpt-4o", parameter: "seed" })
                    : Effect.succeed(rendering)
                )
            }
          }
        })
        const fiber = yield* Effect.fork(
          scheduled(
            Effect.forEach(hundred, () => Effect.either(cache.resolve(inputOf(prompt()))), {
              concurrency: "unbounded"
            })
          )
        )
        yield* settle
        yield* open
        const all = yield* Fiber.join(fiber)
        assert.deepStrictEqual([...new Set(all.map(({ _tag }) => _tag))], ["Left"])
        assert.strictEqual(renders(), 1)
        failing = false
        assert.strictEqual((yield* cache.resolve(inputOf(prompt()))).outcome, "miss")
      })
    )
  })

  it.scoped("do not follow one who asks for what they must not have", () =>
    Effect.gen(function* () {
      const { adapter, open } = yield* gated
      const { cache } = yield* makeRig(storage, { adapter })
      const loose = inputOf(prompt(), { model: "gpt-5.6-sol", temperature: 1 })
      const asks = [
        cache.resolve(loose),
        cache.resolve({ ...loose, strict: true }),
        cache.resolve(loose, { namespace: "other" }),
        cache.resolve(loose, { bypass: true })
      ]
      const fiber = yield* Effect.fork(Effect.forEach(asks, Effect.either, { concurrency: "unbounded" }))
      yield* settle
      yield* open
      const all = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        all.map((each) => (each._tag === "Left" ? each.left._tag : each.right.outcome)),
        ["miss", "UnsupportedParameter", "miss", "bypass"]
      )
    })
  )

  it.scoped("share no object that one of them could change", () =>
    Effect.gen(function* () {
      const { adapter, open } = yield* gated
      const { cache } = yield* makeRig(storage, { adapter })
      const inputs = ["a", "b"].map((who) => ({ ...inputOf(prompt(), { context: { n: 1 } }), who }))
      const fiber = yield* Effect.fork(
        Effect.forEach(inputs, (each) => cache.resolve(each), { concurrency: "unbounded" })
      )
      yield* settle
      yield* open
      const contexts = (yield* Fiber.join(fiber)).map(({ originalScaffold }) => originalScaffold.context)
      assert.deepStrictEqual(
        contexts.map((context, i) => context === inputs[i]?.context),
        [true, true]
      )
    })
  )

  it.scoped("keep under its key the context that was hashed, even if its owner changes it meanwhile", () =>
    Effect.gen(function* () {
      const { adapter, open } = yield* gated
      const { cache } = yield* makeRig(storage, { adapter })
      const context = { commit: "1" }
      const fiber = yield* Effect.fork(cache.resolve(inputOf(prompt(), { context })))
      yield* settle
      context.commit = "2"
      yield* open
      const { originalScaffold } = yield* Fiber.join(fiber)
      const found = yield* Effect.flatten(cache.lookup(originalScaffold.hash))
      assert.deepStrictEqual(found.originalScaffold.context, { commit: "1" })
    })
  )
})

describe("callers who come while a leader ends", () => {
  it.scoped("find what it has kept, wherever their own fibers were stopped", () =>
    Effect.gen(function* () {
      const { cache, renders } = yield* makeRig(layerMemory)
      let round = 0
      for (let operations = 16; operations < 64; operations++) {
        round++
        const each = inputOf(prompt({ task: `Round ${round}.` }))
        yield* Effect.withMaxOpsBeforeYield(
          Effect.forEach(
            hundred,
            (i) => Effect.zipRight(Effect.repeatN(Effect.yieldNow(), i), cache.resolve(each)),
            { concurrency: "unbounded" }
          ),
          operations
        )
        assert.strictEqual(renders(), round, `yielding every ${operations} operations`)
      }
    })
  )
})

describe("a flight", () => {
  it.effect("makes a follower try for himself when the leader was interrupted from within", () =>
    Effect.gen(function* () {
      const single = makeSingleFlight<string, never>((result) => `${result} too`)
      const gate = yield* Deferred.make<void>()
      const first = yield* Effect.fork(single("key", Effect.zipRight(Deferred.await(gate), Effect.interrupt)))
      yield* settle
      const second = yield* Effect.fork(single("key", Effect.as(Effect.yieldNow(), "mine")))
      const third = yield* Effect.fork(single("key", Effect.as(Effect.yieldNow(), "mine")))
      yield* settle
      yield* Deferred.succeed(gate, undefined)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(first)))
      assert.deepStrictEqual(
        [yield* Fiber.join(second), yield* Fiber.join(third)].sort(),
        ["mine", "mine too"].sort()
      )
    })
  )

  it.effect("gives a defect to all, and is over then", () =>
    Effect.gen(function* () {
      const single = makeSingleFlight<string, never>((result) => result)
      const gate = yield* Deferred.make<void>()
      const failing = Effect.zipRight(Deferred.await(gate), Effect.dieMessage("broken"))
      const fibers = yield* Effect.forEach([1, 2], () => Effect.fork(single("key", failing)))
      yield* settle
      yield* Deferred.succeed(gate, undefined)
      const exits = yield* Effect.forEach(fibers, Fiber.await)
      assert.isTrue(exits.every(Exit.isFailure))
      assert.strictEqual(yield* single("key", Effect.succeed("again")), "again")
    })
  )
})
