import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as BudgetStorageSqlite from "../../layers/BudgetStorageSqlite.js"
import type { Budget, BudgetAlert } from "../../src/domain/Budget.js"
import type { Usd } from "../../src/domain/Measures.js"
import { StoreError } from "../../src/domain/StoreErrors.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import { BudgetAlerts, Budgets, layer, type Reservation } from "../../src/services/Budgets.js"
import { toNanos } from "../../src/services/budgets/nanos.js"
import { BudgetStorage, layerMemory } from "../../src/services/BudgetStorage.js"
import { PriceList } from "../../src/services/PriceList.js"
import { resolvedOf } from "../layers/providers/wire/support.js"
import { tempDatabase } from "./storages.js"

const usd = (amount: number): Usd => amount as Usd // amounts of these tests are not negative

/** A dollar per thousand tokens in and ten out; no other model than "m" has a price. */
const prices = Layer.succeed(PriceList, {
  version: "test",
  pricing: () => Effect.dieMessage("not asked"),
  price: (_provider, model, { output, uncachedInput }) =>
    Effect.succeed({
      source: "test",
      version: "1",
      match: "exact" as const,
      amount: model === "m" ? Option.some(usd(uncachedInput / 1000 + output / 100)) : Option.none(),
      money: Option.none()
    })
})

const sqlite = BudgetStorageSqlite.layer.pipe(Layer.provide(tempDatabase))

const setUp = (
  budgets: ReadonlyArray<typeof Budget.Encoded>,
  storage: Layer.Layer<BudgetStorage> = layerMemory
) =>
  layer.pipe(
    Layer.provide(Layer.mergeAll(prices, storage, AegisConfig.layer("/", { budgets, timeoutMs: 1000 }))),
    Layer.orDie
  )

/** 10 tokens, give or take a tenth: a cent and a tenth; the answer is a cent a token. */
const resolved = (model = "m", body: object = {}) => resolvedOf("vllm", model, body)
const cents = (answer: number): number => 0.011 + answer / 100

const reserve = (maxTokens: number, rest: { readonly run?: string; readonly namespace?: string } = {}) =>
  Effect.flatMap(Budgets, (budgets) => budgets.reserve({ resolved: resolved(), maxTokens, ...rest }))
const settle = (reservation: Reservation, cost: number | undefined) =>
  Effect.flatMap(Budgets, (budgets) =>
    budgets.settle(reservation, cost === undefined ? Option.none() : Option.some(usd(cost)))
  )
const status = Effect.flatMap(Budgets, (budgets) => budgets.status())
const spend = (cost: number, rest: Parameters<typeof reserve>[1] = {}) =>
  Effect.flatMap(reserve(1, rest), (reservation) => settle(reservation, cost))

describe("a budget", () => {
  it.effect("reserves what a call may cost at most, and gives back what it did not cost", () =>
    Effect.gen(function* () {
      const reservation = yield* reserve(5)
      assert.deepInclude((yield* status)[0], { spent: usd(0), reserved: usd(0.061), left: usd(0.939) })
      yield* settle(reservation, 0.02)
      assert.deepInclude((yield* status)[0], { spent: usd(0.02), reserved: usd(0), left: usd(0.98) })
    }).pipe(Effect.provide(setUp([{ scope: "day", hard: 1 }])))
  )

  it.effect("takes the dearest that the input may be, and the cap that stands in the request", () =>
    Effect.gen(function* () {
      const budgets = yield* Budgets
      const body = resolved("m", { max_output_tokens: 20 })
      const cold = { ...body, cost: { ...body.cost, cold: Option.some(usd(0.1)) } }
      assert.strictEqual((yield* budgets.reserve({ resolved: body })).nanos, toNanos(cents(20)))
      assert.strictEqual((yield* budgets.reserve({ resolved: body, maxTokens: 3 })).nanos, toNanos(cents(3)))
      assert.strictEqual((yield* budgets.reserve({ resolved: cold })).nanos, toNanos(0.11 + 0.2))
    }).pipe(Effect.provide(setUp([{ scope: "day", hard: 1 }])))
  )

  it.effect("that would be passed refuses the call, and says what is left and when it starts afresh", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 10, 30, 23, 59, 59))
      yield* spend(0.4)
      yield* reserve(5)
      const error = yield* Effect.flip(reserve(60))
      assert.deepInclude(error, {
        _tag: "BudgetExceeded",
        scope: "month",
        period: "2026-11",
        limit: usd(1),
        spent: usd(0.4),
        reserved: usd(0.061),
        asked: usd(0.611),
        resetsAt: "2026-12-01T00:00:00.000Z"
      })
      assert.strictEqual(
        error.message,
        "The budget of 2026-11 is $1: $0.4 is spent and $0.061 is reserved by calls under way, and this call may " +
          'cost $0.611. Nothing was sent. Lower maxTokens, or raise "hard" of that budget, or wait until ' +
          "2026-12-01T00:00:00.000Z."
      )
    }).pipe(Effect.provide(setUp([{ scope: "month", hard: 1 }])))
  )

  it.effect("of a day begins afresh at midnight in UTC; a call counts to the day in which it began", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 1, 28, 23, 59, 59, 999))
      const late = yield* reserve(50)
      assert.strictEqual((yield* Effect.flip(reserve(50)))._tag, "BudgetExceeded")
      yield* TestClock.adjust(1)
      yield* settle(late, 0.9)
      assert.deepInclude((yield* status)[0], { period: "2026-03-01", spent: usd(0), reserved: usd(0) })
      yield* reserve(50)
      yield* TestClock.setTime(Date.UTC(2026, 1, 28, 23, 59, 59, 999))
      assert.deepInclude((yield* status)[0], {
        period: "2026-02-28",
        spent: usd(0.9),
        resetsAt: "2026-03-01T00:00:00.000Z"
      })
    }).pipe(Effect.provide(setUp([{ scope: "day", hard: 1 }])))
  )

  it.effect("of a namespace counts its calls alone; one without a name counts each by itself", () =>
    Effect.gen(function* () {
      yield* spend(0.3, { namespace: "a" })
      yield* spend(0.9, { namespace: "b" })
      assert.strictEqual((yield* Effect.flip(reserve(20, { namespace: "a" })))._tag, "BudgetExceeded")
      const error = yield* Effect.flip(reserve(20, { namespace: "b" }))
      assert.deepInclude(error, { scope: "namespace", namespace: "b", limit: usd(1), spent: usd(0.9) })
      assert.deepStrictEqual(
        (yield* status).map(({ namespace, scope, spent }) => [scope, namespace, spent]),
        [
          ["day", "a", usd(0.3)],
          ["namespace", "default", usd(0)],
          ["namespace", "b", usd(0.9)],
          ["namespace", "a", usd(0.3)]
        ]
      )
    }).pipe(
      Effect.provide(
        setUp([
          { scope: "day", namespace: "a", hard: 0.4 },
          { scope: "namespace", hard: 1 }
        ])
      )
    )
  )

  it.effect("of a run counts what is called in it, and nothing outside of runs", () =>
    Effect.gen(function* () {
      yield* spend(5)
      yield* spend(0.9, { run: "r1" })
      yield* spend(0.2, { run: "r2" })
      assert.deepInclude(yield* Effect.flip(reserve(20, { run: "r1" })), { scope: "run", run: "r1" })
      yield* reserve(20, { run: "r2" })
      const budgets = yield* Budgets
      assert.deepStrictEqual(
        (yield* status).map(({ run, spent }) => [run, spent]),
        [
          ["r1", usd(0.9)],
          ["r2", usd(0.2)]
        ]
      )
      assert.deepStrictEqual(
        (yield* budgets.status({ run: "r2" })).map(({ reserved, run }) => [run, reserved]),
        [["r2", usd(0.211)]]
      )
    }).pipe(Effect.provide(setUp([{ scope: "run", hard: 1 }])))
  )

  it.effect("among several that refuses lets none of the others be charged", () =>
    Effect.gen(function* () {
      yield* Effect.flip(reserve(20))
      assert.deepStrictEqual(
        (yield* status).map(({ reserved }) => reserved),
        [usd(0), usd(0)]
      )
      yield* reserve(5)
      assert.deepStrictEqual(
        (yield* status).map(({ reserved }) => reserved),
        [usd(0.061), usd(0.061)]
      )
    }).pipe(
      Effect.provide(
        setUp([
          { scope: "month", hard: 10 },
          { scope: "day", hard: 0.1 }
        ])
      )
    )
  )

  it.effect("counts what nobody knows as what was reserved, and a reservation once", () =>
    Effect.gen(function* () {
      const reservation = yield* reserve(5)
      yield* settle(reservation, undefined)
      yield* settle(reservation, 7)
      assert.deepInclude((yield* status)[0], { spent: usd(0.061), reserved: usd(0), unpriced: 0 })
    }).pipe(Effect.provide(setUp([{ scope: "day", hard: 1 }])))
  )

  it.effect("that is hard refuses a model without a price, and an answer of any length", () =>
    Effect.gen(function* () {
      const budgets = yield* Budgets
      const price = yield* Effect.flip(budgets.reserve({ resolved: resolved("unknown"), maxTokens: 1 }))
      const length = yield* Effect.flip(budgets.reserve({ resolved: resolved() }))
      assert.deepInclude(price, { _tag: "BudgetUnpriced", reason: "price" })
      assert.deepInclude(length, { _tag: "BudgetUnpriced", reason: "length" })
    }).pipe(Effect.provide(setUp([{ scope: "day", hard: 1 }])))
  )

  it.effect("that allows them counts what it can and says how many calls are in no sum", () =>
    Effect.gen(function* () {
      const budgets = yield* Budgets
      const price = yield* budgets.reserve({ resolved: resolved("unknown"), maxTokens: 1 })
      const length = yield* budgets.reserve({ resolved: resolved() })
      assert.deepInclude((yield* status)[0], { reserved: usd(0.011) })
      yield* settle(price, undefined)
      yield* settle(length, 0.5)
      assert.deepInclude((yield* status)[0], { spent: usd(0.5), unpriced: 1 })
    }).pipe(Effect.provide(setUp([{ scope: "day", hard: 1, unknownPrice: "allow" }])))
  )

  it.effect("that is soft refuses nothing, and tells once in a period that it is reached", () =>
    Effect.gen(function* () {
      const told: Array<BudgetAlert> = []
      const logged: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => void logged.push(`${logLevel.label} ${message}`))
      const alerts = yield* Effect.forEach([0.9, 0.2, 0.2], (cost) => spend(cost)).pipe(
        Effect.provideService(BudgetAlerts, { onAlert: (alert) => Effect.sync(() => void told.push(alert)) }),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )
      assert.deepStrictEqual(
        alerts.map((each) => each.length),
        [0, 1, 0]
      )
      assert.deepStrictEqual(told, [
        { scope: "day", namespace: null, period: "1970-01-01", run: null, limit: usd(1), spent: usd(1.1) }
      ])
      assert.deepStrictEqual(logged, [
        "WARN Soft budget reached (day, 1970-01-01): $1.1 of $1 is spent. `aegis budget` shows all of them."
      ])
      assert.strictEqual((yield* status)[0]?.state, "soft")
      yield* TestClock.adjust("1 day")
      assert.lengthOf(yield* spend(1), 1)
    }).pipe(Effect.provide(setUp([{ scope: "day", soft: 1 }])))
  )

  it.effect("survives a listener that fails", () =>
    Effect.gen(function* () {
      const alerts = yield* spend(2).pipe(
        Effect.provideService(BudgetAlerts, { onAlert: () => Effect.dieMessage("hunter2") })
      )
      assert.lengthOf(alerts, 1)
    }).pipe(Effect.provide(setUp([{ scope: "day", soft: 1 }])))
  )

  it.effect("takes any time limit that a call may have", () =>
    Effect.gen(function* () {
      const budgets = yield* Budgets
      for (const timeout of [0, 1.5, 1e300]) {
        const reservation = yield* budgets.reserve({ resolved: resolved(), maxTokens: 1, timeout })
        assert.isTrue(Option.isSome(reservation.id))
      }
    }).pipe(Effect.provide(setUp([{ scope: "day", hard: 1 }], sqlite)))
  )

  it.effect("gets back what a call held that ended without a word, once its time is over", () =>
    Effect.gen(function* () {
      yield* reserve(90)
      yield* TestClock.adjust(60_999)
      assert.strictEqual((yield* Effect.flip(reserve(90)))._tag, "BudgetExceeded")
      yield* TestClock.adjust(1)
      yield* reserve(90)
    }).pipe(Effect.provide(setUp([{ scope: "day", hard: 1 }])))
  )

  const failing = Layer.succeed(BudgetStorage, {
    reserve: () => new StoreError({ operation: "o", reason: "full" }),
    renew: () => new StoreError({ operation: "o", reason: "full" }),
    settle: () => new StoreError({ operation: "o", reason: "full" }),
    read: () => new StoreError({ operation: "o", reason: "full" }),
    dearest: () => new StoreError({ operation: "o", reason: "full" })
  })

  it.effect("that is hard refuses what its store cannot take", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(reserve(1)))._tag, "StoreError")
    }).pipe(Effect.provide(setUp([{ scope: "day", hard: 1 }], failing)))
  )

  it.effect("that is soft lets it pass, and says so in the log", () =>
    Effect.gen(function* () {
      const logged: Array<unknown> = []
      const logger = Logger.make(({ annotations, message }) => {
        assert.strictEqual(HashMap.size(annotations), 0)
        logged.push(message)
      })
      yield* spend(1).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
      assert.match(String(logged[0]), /\(full\)/)
    }).pipe(Effect.provide(setUp([{ scope: "day", soft: 1 }], failing)))
  )
})

describe("dollars", () => {
  it("are whole nano-dollars: the nearest where only the float is to blame, else the next above", () => {
    assert.strictEqual(toNanos(0.1 + 0.2), 300_000_000)
    assert.strictEqual(toNanos(12.5e-9), 13)
    assert.strictEqual(toNanos(1e-13), 0)
    assert.strictEqual(toNanos(0), 0)
    assert.strictEqual(toNanos(1e300), Number.MAX_SAFE_INTEGER)
    FastCheck.assert(
      FastCheck.property(FastCheck.integer({ min: 0, max: 1e15 }), (nanos) => {
        assert.strictEqual(toNanos(nanos / 1e9), nanos)
      })
    )
  })
})

for (const [name, storage] of [
  ["in memory", layerMemory],
  ["on SQLite", sqlite]
] as const) {
  describe(`many fibers over one budget ${name}`, () => {
    it.effect.prop(
      "never pass it, not even in between, and end with the sum of what their calls cost",
      [
        FastCheck.constantFrom(20, 100, 2048),
        FastCheck.array(
          FastCheck.record({
            answer: FastCheck.nat(30),
            part: FastCheck.nat(100),
            ending: FastCheck.constantFrom("settled", "unknown")
          }),
          { minLength: 10, maxLength: 40 }
        )
      ],
      ([maxOps, calls]) =>
        Effect.gen(function* () {
          const budgets = yield* Budgets
          let expected = 0
          let refused = 0
          const call = ({ answer, ending, part }: (typeof calls)[number]) =>
            Effect.uninterruptibleMask((restore) =>
              Effect.gen(function* () {
                const reservation = yield* budgets.reserve({ resolved: resolved(), maxTokens: answer })
                yield* restore(Effect.yieldNow())
                const nanos =
                  ending === "unknown" ? reservation.nanos : Math.floor((reservation.nanos * part) / 100)
                expected += nanos
                yield* budgets.settle(
                  reservation,
                  ending === "unknown" ? Option.none() : Option.some(usd(nanos / 1e9))
                )
              })
            ).pipe(Effect.catchTag("BudgetExceeded", () => Effect.sync(() => void refused++)))
          const watch = Effect.forever(
            Effect.flatMap(budgets.status(), ([each]) =>
              Effect.sync(() => {
                assert.isAtMost(toNanos((each?.spent ?? 0) + (each?.reserved ?? 0)), toNanos(1))
              })
            ).pipe(Effect.zipRight(Effect.yieldNow()))
          )
          const watching = yield* Effect.fork(watch)
          yield* Effect.forEach(calls, call, { concurrency: "unbounded" })
          assert.isTrue(Option.isNone(yield* Fiber.poll(watching)), "the watcher saw no limit passed")
          yield* Fiber.interrupt(watching)
          const [after] = yield* budgets.status()
          assert.strictEqual(toNanos(after?.spent ?? -1), expected)
          assert.strictEqual(after?.reserved, 0)
          assert.isAtMost(refused, calls.length)
        }).pipe(
          Effect.withMaxOpsBeforeYield(maxOps),
          Effect.provide(setUp([{ scope: "day", hard: 1 }], storage))
        ),
      { fastCheck: { numRuns: 12 } }
    )
  })
}
