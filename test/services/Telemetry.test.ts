/** The service over each storage: what it takes is kept, told, and named once, whoever else writes. */
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { CacheDatabase } from "../../layers/CacheDatabase.js"
import * as LedgerStorageSqlite from "../../layers/LedgerStorageSqlite.js"
import { Millis, Usd } from "../../src/domain/Measures.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import * as Telemetry from "../../src/services/Telemetry.js"
import { tempDir } from "../support/tempDir.js"
import { day, execution, hour } from "./ledgerEvents.js"
import { databaseIn } from "./storages.js"

/** As a process has it. */
const processIn = (
  root: string,
  settings: typeof AegisConfig.Settings.Encoded = {}
): Layer.Layer<Telemetry.Telemetry | CacheDatabase> =>
  Telemetry.layer.pipe(
    Layer.provide(LedgerStorageSqlite.layer),
    Layer.provideMerge(databaseIn(root)),
    Layer.provide(AegisConfig.layer(root, settings)),
    Layer.orDie
  )

const lookup = execution({ operation: "resolve", outcome: "hit", cacheHit: true })

const count = Effect.flatMap(
  CacheDatabase,
  ({ sql }) => sql<{ readonly n: number }>`SELECT count(*) AS n FROM operations`
).pipe(Effect.map(([row]) => row?.n))

describe("the ledger", () => {
  it.scoped("tells what was spent in whole billionths, by day and model, and as a whole", () =>
    Effect.gen(function* () {
      const telemetry = yield* Telemetry.Telemetry
      for (let i = 0; i < 1000; i++) {
        yield* telemetry.record(execution({ at: day + i, cost: Option.some(Usd.make(0.1)) }))
        yield* telemetry.record(execution({ at: day + 24 * hour, cost: Option.some(Usd.make(0.2)) }))
      }
      yield* telemetry.record(execution({ cost: Option.none() }))
      yield* telemetry.record(lookup)
      const report = yield* telemetry.report({}, ["day", "model"])
      assert.deepStrictEqual(
        report.rows.map(({ key, totals }) => [...key, totals.spent, totals.calls]),
        [
          ["2026-11-02", "claude-opus-4-8", 100, 1001],
          ["2026-11-03", "claude-opus-4-8", 200, 1000]
        ]
      )
      assert.strictEqual(report.totals.spent, 300)
      assert.deepStrictEqual(report.totals.pricingCoverage, Option.some(2000 / 2001))
      assert.deepStrictEqual(report.totals.hitRates, {
        local: Option.some(1),
        answers: Option.none(),
        provider: Option.some(0.7),
        providerRequests: Option.some(1)
      })
      assert.strictEqual(report.totals.tokens.cacheRead, 2001 * 700)
    }).pipe(Effect.provide(Layer.unwrapScoped(Effect.map(tempDir, (root) => processIn(root)))))
  )

  it.scoped("goes on with what another process writes, each record once", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const mine = yield* Layer.build(processIn(root))
      const theirs = yield* Layer.build(processIn(root))
      const record = (latency: number) =>
        Effect.flatMap(Telemetry.Telemetry, (telemetry) =>
          Effect.zipRight(telemetry.record(execution({ latency: Millis.make(latency) })), telemetry.flush)
        )
      yield* Effect.provide(record(1), theirs)
      const following = yield* Effect.flatMap(Telemetry.Telemetry, (telemetry) =>
        telemetry.stream({}, { follow: true }).pipe(Stream.take(4), Stream.runCollect, Effect.fork)
      ).pipe(Effect.provide(mine))
      yield* Effect.yieldNow()
      for (const latency of [2, 3]) {
        yield* Effect.provide(record(latency), theirs)
        yield* TestClock.adjust("1 second")
      }
      yield* Effect.provide(record(4), mine)
      yield* TestClock.adjust("1 second")
      const found = Chunk.toReadonlyArray(yield* Fiber.join(following))
      assert.deepStrictEqual(
        found.map(({ latency }) => Number(latency)),
        [1, 2, 3, 4]
      )
      assert.strictEqual(new Set(found.map(({ id }) => id)).size, 4)
    })
  )

  it.scoped("counts what it could not take, and keeps what could not be written until it can", () =>
    Effect.gen(function* () {
      const telemetry = yield* Telemetry.Telemetry
      const { sql } = yield* CacheDatabase
      yield* sql`ALTER TABLE telemetry_hour RENAME TO away`
      for (let i = 0; i < 100_003; i++) telemetry.unsafeRecord(() => lookup)
      assert.strictEqual(yield* telemetry.lost, 3)
      assert.strictEqual((yield* Effect.flip(telemetry.flush))._tag, "StoreError")
      yield* sql`ALTER TABLE away RENAME TO telemetry_hour`
      yield* telemetry.flush
      assert.strictEqual(yield* count, 100_000)
      const report = yield* telemetry.report({}, [])
      assert.strictEqual(report.lost, 3)
      assert.strictEqual(report.totals.records, 100_000)
    }).pipe(Effect.provide(Layer.unwrapScoped(Effect.map(tempDir, (root) => processIn(root)))))
  )

  it.scoped("counts records of version 1, and those that a plain hit wrote, once", () =>
    Effect.gen(function* () {
      const { sql } = yield* CacheDatabase
      const telemetry = yield* Telemetry.Telemetry
      const old = {
        id: "b3a2edd0-e4c5-5e8e-ae8c-e9e4ccb77472",
        scaffoldId: "d9b9f2f7-c909-5d59-a23a-c340ae09f01f",
        operation: "execute",
        tokenCount: 12,
        cost: 0.5,
        latency: 3,
        cacheHit: false,
        metadata: {
          provider: "openai",
          model: "gpt-4o",
          finishReason: "stop",
          attempts: 1,
          uncachedInput: 10,
          cacheRead: null,
          output: 2,
          fallbacks: []
        },
        createdAt: new Date(day).toISOString(),
        outcome: "miss"
      }
      for (let i = 0; i < 700; i++) {
        yield* sql`INSERT INTO telemetry (version, operation, outcome, created_at, record)
          VALUES (1, 'execute', 'miss', ${day}, ${JSON.stringify(old)})`
      }
      yield* sql`INSERT INTO telemetry (version, operation, outcome, created_at, record)
        VALUES (1, 'execute', 'miss', ${day}, 'no record')`
      yield* telemetry.record(execution({ model: "gpt-4o", at: day + 1 }))
      for (let i = 0; i < 2; i++) {
        const { rows } = yield* telemetry.report({}, ["provider", "model"])
        assert.deepStrictEqual(
          rows.map(({ key, totals }) => [...key, totals.calls, totals.spent, totals.tokens.uncachedInput]),
          [
            ["anthropic", "gpt-4o", 1, 0.01, 200],
            ["openai", "gpt-4o", 700, 350, 7000]
          ]
        )
      }
      const [first] = yield* Stream.runCollect(Stream.take(telemetry.stream({}), 1))
      assert.deepInclude(first, { provider: "openai", model: "gpt-4o" })
      assert.deepStrictEqual(first?.metadata, { finishReason: "stop", attempts: 1, fallbacks: [] })
    }).pipe(Effect.provide(Layer.unwrapScoped(Effect.map(tempDir, (root) => processIn(root)))))
  )

  it.scoped("lets records go that are older than the settings say, and keeps what they came to", () =>
    Effect.gen(function* () {
      const telemetry = yield* Telemetry.Telemetry
      yield* TestClock.setTime(day + 10 * 24 * hour)
      yield* telemetry.record(execution({ at: day }))
      yield* telemetry.record(execution({ at: day + 9 * 24 * hour }))
      yield* telemetry.flush
      assert.strictEqual(yield* count, 1)
      assert.strictEqual((yield* telemetry.report({}, [])).totals.calls, 2)
    }).pipe(
      Effect.provide(Layer.unwrapScoped(Effect.map(tempDir, (root) => processIn(root, { ledgerDays: 3 }))))
    )
  )

  it.scoped.each([20, 100, 2048])("loses and doubles nothing among many fibers that yield every %i", (ops) =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const processes = yield* Effect.all([Layer.build(processIn(root)), Layer.build(processIn(root))])
      yield* Effect.forEach(
        Array.from({ length: 400 }, (_, i) => i),
        (i) =>
          Effect.flatMap(Telemetry.Telemetry, (telemetry) =>
            Effect.zipRight(
              telemetry.record(execution({ at: day + i })),
              i % 7 === 0
                ? telemetry.flush
                : i % 31 === 0
                  ? Effect.asVoid(telemetry.report({}, ["model"]))
                  : Effect.yieldNow()
            )
          ).pipe(Effect.provide(processes[i % 2 === 0 ? 0 : 1])),
        { concurrency: "unbounded", discard: true }
      )
      for (const each of processes) {
        yield* Effect.flatMap(Telemetry.Telemetry, ({ flush }) => flush).pipe(Effect.provide(each))
      }
      const report = yield* Effect.flatMap(Telemetry.Telemetry, (telemetry) => telemetry.report({}, [])).pipe(
        Effect.provide(processes[0])
      )
      assert.strictEqual(report.totals.records, 400)
      assert.strictEqual(report.totals.spent, 4)
    }).pipe(Effect.withMaxOpsBeforeYield(ops))
  )
})
