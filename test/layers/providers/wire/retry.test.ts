import { describe, it } from "@effect/vitest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { assert } from "vitest"
import {
  defaults,
  schedule,
  type Failure,
  type RetryPolicy
} from "../../../../layers/providers/wire/retry.js"
import type { Millis } from "../../../../src/domain/Measures.js"
import {
  InvalidRequest,
  Overloaded,
  RateLimited,
  StreamBroken
} from "../../../../src/domain/ProviderErrors.js"

const about = { provider: "openai", model: "gpt-5.6" } as const
const limited = (retryAfter?: number): Failure => ({
  // the numbers below are milliseconds
  error: new RateLimited({
    ...about,
    ...(retryAfter === undefined ? {} : { retryAfter: retryAfter as Millis })
  }),
  mayRetry: true
})

/** Runs a call that always fails and returns when its requests were sent, in milliseconds. */
const timesOf = (failure: Failure, policy: RetryPolicy, within: Duration.DurationInput) =>
  Effect.gen(function* () {
    const times: Array<number> = []
    const call = Effect.gen(function* () {
      times.push(yield* TestClock.currentTimeMillis)
      return yield* Effect.fail(failure)
    })
    const fiber = yield* Effect.fork(Effect.flip(Effect.retry(call, schedule(policy))))
    yield* TestClock.adjust(within)
    const ended = yield* Fiber.poll(fiber)
    yield* Fiber.interrupt(fiber)
    return { times, ended: ended._tag === "Some" }
  })

describe("the retry schedule", () => {
  it.effect("doubles its pauses from the base up to the cap, within a fifth", () =>
    Effect.gen(function* () {
      const policy = { ...defaults, maxRetries: 7 }
      const { ended, times } = yield* timesOf(limited(), policy, "10 minutes")
      assert.isTrue(ended)
      const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0))
      const expected = [500, 1000, 2000, 4000, 8000, 8000, 8000]
      assert.lengthOf(pauses, expected.length)
      pauses.forEach((pause, index) => {
        assert.isAtLeast(pause, Math.floor((expected[index] ?? 0) * 0.8))
        assert.isAtMost(pause, Math.ceil((expected[index] ?? 0) * 1.2))
      })
    })
  )

  it.effect("waits exactly as long as the provider asks", () =>
    Effect.gen(function* () {
      const { times } = yield* timesOf(limited(20_000), { ...defaults, maxRetries: 2 }, "10 minutes")
      assert.deepStrictEqual(times, [0, 20_000, 40_000])
    })
  )

  it.effect("tells the caller at once when the provider asks for more than the limit", () =>
    Effect.gen(function* () {
      const { ended, times } = yield* timesOf(limited(60_001), defaults, 0)
      assert.isTrue(ended)
      assert.deepStrictEqual(times, [0])
    })
  )

  it.effect("can be interrupted in the middle of a pause", () =>
    Effect.gen(function* () {
      const { ended, times } = yield* timesOf(limited(30_000), defaults, "10 seconds")
      assert.isFalse(ended)
      assert.deepStrictEqual(times, [0])
    })
  )

  it.effect("gives up at once on errors that another try cannot mend", () =>
    Effect.gen(function* () {
      const hopeless: ReadonlyArray<Failure> = [
        { error: new InvalidRequest(about), mayRetry: true },
        { error: new StreamBroken({ ...about, reason: "cut" }), mayRetry: true },
        { error: new Overloaded(about), mayRetry: false }
      ]
      for (const failure of hopeless) {
        const { ended, times } = yield* timesOf(failure, defaults, 0)
        assert.isTrue(ended)
        assert.lengthOf(times, 1)
      }
    })
  )

  it.effect.prop(
    "never sends more often than allowed",
    [FastCheck.integer({ min: 0, max: 6 }), FastCheck.option(FastCheck.integer({ min: 0, max: 60_000 }))],
    ([maxRetries, retryAfter]) =>
      Effect.gen(function* () {
        const failure = limited(retryAfter ?? undefined)
        const { ended, times } = yield* timesOf(failure, { ...defaults, maxRetries }, "1 hour")
        assert.isTrue(ended)
        assert.lengthOf(times, maxRetries + 1)
      }),
    { fastCheck: { numRuns: 30 } }
  )
})
