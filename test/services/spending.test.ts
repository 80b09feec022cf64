/** Executions within budgets: what is sent, refused and charged, however a call ends. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { ExecutionResult } from "../../src/domain/Execution.js"
import { ProviderUnavailable, RateLimited, StreamBroken } from "../../src/domain/ProviderErrors.js"
import { StoreError } from "../../src/domain/StoreErrors.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import * as Budgets from "../../src/services/Budgets.js"
import * as Executor from "../../src/services/Executor.js"
import { Fetch } from "../../src/services/Fetch.js"
import { make as makeRegistry, type ProviderAdapter, Providers } from "../../src/services/ProviderAdapter.js"
import { makeMemory, Telemetry } from "../../src/services/Telemetry.js"
import { adapterOf, answer, common, limits, resolved, setUp, usd } from "./spendingRig.js"
import { centPrices } from "../support/centPrices.js"

/** Both ways to send. */
const ways: ReadonlyArray<
  readonly [
    name: string,
    send: (
      executor: Executor.Executor["Type"],
      options?: Executor.ExecutorOptions
    ) => Effect.Effect<unknown, Executor.ExecutorError>
  ]
> = [
  ["an execution", (executor, options = limits) => executor.execute(resolved, options)],
  ["a stream", (executor, options = limits) => Stream.runDrain(executor.stream(resolved, options))]
]

for (const [way, send] of ways) {
  describe(`${way} within a budget`, () => {
    it.effect("is charged what it cost", () =>
      Effect.gen(function* () {
        const { adapter } = adapterOf("vllm", Effect.succeed(answer()))
        const { executor, stands } = yield* setUp([adapter])
        yield* send(executor)
        assert.deepStrictEqual(yield* stands, [0.03, 0])
      })
    )

    it.effect("holds what it may cost while it is under way", () =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<ExecutionResult>()
        const { adapter } = adapterOf("vllm", Deferred.await(gate))
        const { executor, stands } = yield* setUp([adapter])
        const fiber = yield* Effect.fork(send(executor))
        yield* Effect.yieldNow().pipe(Effect.repeatN(50))
        assert.deepStrictEqual(yield* stands, [0, 0.1])
        yield* Deferred.succeed(gate, answer())
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(yield* stands, [0.03, 0])
      })
    )

    it.effect("is not sent when it could pass the limit, and nobody else is asked for it", () =>
      Effect.gen(function* () {
        const one = adapterOf("vllm", Effect.succeed(answer()))
        const two = adapterOf("x-two", Effect.succeed(answer()))
        const { executor, ledger, stands } = yield* setUp([one.adapter, two.adapter], { hard: 0.09 })
        const error = yield* Effect.flip(
          send(executor, { ...limits, fallback: [{ provider: "x-two", model: "m" }] })
        )
        assert.strictEqual(error._tag, "BudgetExceeded")
        assert.strictEqual(one.sent() + two.sent(), 0)
        assert.deepStrictEqual(yield* stands, [0, 0])
        const [record] = ledger.taken
        assert.deepInclude(record, { error: "BudgetExceeded", cost: Option.some(usd(0)) })
        assert.isFalse(record !== undefined && "request" in record, "nothing was sent")
      })
    )

    for (const outcome of ["hit", "follower", "replay"] as const) {
      it.effect(`is charged nothing when it was answered as a ${outcome}`, () =>
        Effect.gen(function* () {
          const { adapter } = adapterOf("vllm", Effect.succeed(answer({ outcome })))
          const { executor, stands } = yield* setUp([adapter])
          yield* send(executor)
          assert.deepStrictEqual(yield* stands, [0, 0])
        })
      )
    }

    it.effect("does not ask in a replay without a network", () =>
      Effect.gen(function* () {
        const { adapter } = adapterOf("vllm", Effect.succeed(answer()))
        const { executor, stands } = yield* setUp([adapter], { hard: 0 })
        yield* Effect.provideService(send(executor), Fetch, {
          current: Effect.dieMessage("nothing goes out"),
          offline: true
        })
        assert.deepStrictEqual(yield* stands, [0, 0])
      })
    )

    for (const [what, error, spent] of [
      ["nothing where the provider refuses", new RateLimited(common), 0],
      ["nothing where it is not reached", new ProviderUnavailable({ ...common, reason: "connection" }), 0],
      [
        "what was reserved where it was waited for too long",
        new ProviderUnavailable({ ...common, reason: "timeout" }),
        0.1
      ],
      ["what was reserved where the answer broke off", new StreamBroken({ ...common, reason: "cut" }), 0.1]
    ] as const) {
      it.effect(`is charged ${what}`, () =>
        Effect.gen(function* () {
          const { adapter } = adapterOf("vllm", Effect.fail(error))
          const { executor, stands } = yield* setUp([adapter])
          assert.strictEqual((yield* Effect.flip(send(executor)))._tag, error._tag)
          assert.deepStrictEqual(yield* stands, [spent, 0])
        })
      )
    }

    it.effect("is charged what was reserved when its cost is unknown, and when it dies", () =>
      Effect.gen(function* () {
        const unpriced = adapterOf("vllm", Effect.succeed(answer({ cost: Option.none() })))
        const first = yield* setUp([unpriced.adapter])
        yield* send(first.executor)
        assert.deepStrictEqual(yield* first.stands, [0.1, 0])
        const second = yield* setUp([adapterOf("vllm", Effect.dieMessage("bug")).adapter])
        yield* Effect.exit(send(second.executor))
        assert.deepStrictEqual(yield* second.stands, [0.1, 0])
      })
    )

    it.effect("that falls back settles with the one before it asks for the next", () =>
      Effect.gen(function* () {
        const one = adapterOf("vllm", Effect.fail(new RateLimited(common)))
        const two = adapterOf("x-two", Effect.succeed(answer()))
        // there is room for one of them at a time
        const { executor, stands } = yield* setUp([one.adapter, two.adapter], { hard: 0.15 })
        const options = { ...limits, fallback: [{ provider: "x-two", model: "m" } as const] }
        if (way === "a stream") {
          // an answer of which text has come is not asked for elsewhere
          yield* Effect.flip(send(executor, options))
          assert.deepStrictEqual(yield* stands, [0, 0])
          return
        }
        yield* send(executor, options)
        assert.deepStrictEqual([one.sent(), two.sent()], [1, 1])
        assert.deepStrictEqual(yield* stands, [0.03, 0])
      })
    )

    it.effect("has a soft limit that it reached in the ledger", () =>
      Effect.gen(function* () {
        const { adapter } = adapterOf("vllm", Effect.succeed(answer()))
        const { executor, ledger } = yield* setUp([adapter], { soft: 0.05 })
        yield* send(executor)
        yield* send(executor)
        yield* send(executor)
        assert.deepStrictEqual(
          ledger.taken.map(({ metadata }) => metadata?.["budgetAlerts"]),
          [
            undefined,
            [{ scope: "day", namespace: null, period: "1970-01-01", run: null, limit: 0.05, spent: 0.06 }],
            undefined
          ]
        )
      })
    )

    for (const maxOps of [20, 100, 2048]) {
      it.effect(`leaves no reservation wherever it is interrupted, yielding every ${maxOps} steps`, () =>
        Effect.gen(function* () {
          const script = Effect.yieldNow().pipe(Effect.repeatN(5), Effect.as(answer()))
          for (let steps = 0; steps < 60; steps++) {
            const { adapter, sent } = adapterOf("vllm", script)
            const { executor, stands } = yield* setUp([adapter])
            const fiber = yield* Effect.fork(send(executor))
            yield* Effect.yieldNow().pipe(Effect.repeatN(steps))
            yield* Fiber.interrupt(fiber)
            const [spent, reserved] = yield* stands
            assert.strictEqual(reserved, 0, `after ${steps} steps`)
            // what was handed over is never free
            assert.include(sent() === 0 ? [0, 0.1] : [0.03, 0.1], spent, `after ${steps} steps`)
          }
        }).pipe(Effect.withMaxOpsBeforeYield(maxOps))
      )
    }
  })
}

describe("a stream within a budget", () => {
  it.effect("that nobody hears to its end is charged what was reserved", () =>
    Effect.gen(function* () {
      const { adapter } = adapterOf("vllm", Effect.succeed(answer()))
      const { executor, stands } = yield* setUp([adapter])
      yield* Stream.runDrain(Stream.take(executor.stream(resolved, limits), 1))
      assert.deepStrictEqual(yield* stands, [0.1, 0])
    })
  )

  it.effect("that falls back before it said anything has room for both, one after the other", () =>
    Effect.gen(function* () {
      const one = adapterOf("vllm", Effect.succeed(answer()))
      const two = adapterOf("x-two", Effect.succeed(answer()))
      const silent: ProviderAdapter = { ...one.adapter, stream: () => Stream.fail(new RateLimited(common)) }
      const { executor, stands } = yield* setUp([silent, two.adapter], { hard: 0.15 })
      yield* Stream.runDrain(
        executor.stream(resolved, { ...limits, fallback: [{ provider: "x-two", model: "m" }] })
      )
      assert.deepStrictEqual(yield* stands, [0.03, 0])
    })
  )
})

describe("a call whose cost cannot be settled", () => {
  it.effect("is answered all the same", () =>
    Effect.gen(function* () {
      const { adapter } = adapterOf("vllm", Effect.succeed(answer()))
      const executor = yield* Executor.make.pipe(
        Effect.provideService(Budgets.Budgets, {
          configured: true,
          reserve: () =>
            Effect.succeed({ id: Option.some(1), nanos: 0, unpriced: false, claims: [], until: 0 }),
          hold: () => Effect.never,
          settle: () => new StoreError({ operation: "settle", reason: "full" }),
          status: () => Effect.succeed([])
        }),
        Effect.provide(Layer.merge(centPrices, AegisConfig.layer("/"))),
        Effect.provideService(Providers, makeRegistry([adapter])),
        Effect.provideService(Telemetry, makeMemory())
      )
      assert.strictEqual((yield* executor.execute(resolved, limits)).content, "yes")
    })
  )
})
