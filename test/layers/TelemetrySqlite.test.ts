import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import { CacheDatabase } from "../../layers/CacheDatabase.js"
import * as TelemetrySqlite from "../../layers/TelemetrySqlite.js"
import { TelemetryRecord } from "../../src/domain/TelemetryRecord.js"
import { layerMemory, Telemetry, type TelemetryEvent } from "../../src/services/Telemetry.js"
import { databaseIn } from "../services/storages.js"
import { tempDir } from "../support/tempDir.js"

const use = <A, E>(
  root: string,
  program: (telemetry: Telemetry["Type"], database: CacheDatabase["Type"]) => Effect.Effect<A, E>
) =>
  Effect.flatMap(Effect.all([Telemetry, CacheDatabase]), ([telemetry, database]) =>
    program(telemetry, database)
  ).pipe(Effect.provide(TelemetrySqlite.layer.pipe(Layer.provideMerge(databaseIn(root)))))

interface Row {
  readonly version: number
  readonly operation: string
  readonly outcome: string
  readonly at: number
  readonly record: string
}

const rowsOf = ({ sql }: CacheDatabase["Type"]) =>
  sql<Row>`SELECT version, operation, outcome, created_at AS at, record FROM telemetry ORDER BY seq`

const event: FastCheck.Arbitrary<TelemetryEvent> = FastCheck.record({
  rest: Arbitrary.make(TelemetryRecord),
  at: FastCheck.integer({ min: 0, max: Date.UTC(9999, 0) })
}).map(({ at, rest }) => {
  const { checkpointId, createdAt: _, id: __, metadata, ...others } = rest
  return {
    ...others,
    at,
    // a key that stands for nothing is not written, and neither is what JSON does not know
    ...(checkpointId === undefined ? {} : { checkpointId }),
    ...(metadata === undefined ? {} : { metadata: JSON.parse(JSON.stringify(metadata)) as typeof metadata })
  }
})

describe("the ledger in the database", () => {
  it.scoped("gives every record back, in the order in which it was taken, named once", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const events = FastCheck.sample(event, { numRuns: 60, seed: 1 })
      yield* use(root, (telemetry) =>
        Effect.forEach(events.slice(0, 40), telemetry.record, { discard: true })
      )
      const rows = yield* use(root, (telemetry, database) =>
        Effect.gen(function* () {
          for (const each of events.slice(40)) telemetry.unsafeRecord(() => each)
          yield* telemetry.flush
          assert.strictEqual(yield* telemetry.lost, 0)
          return yield* rowsOf(database)
        })
      )
      const records = yield* Effect.forEach(rows, ({ record, version }) =>
        TelemetrySqlite.storedRecord.decode(version, JSON.parse(record))
      )
      assert.deepStrictEqual(
        records.map(({ createdAt, id: _, ...rest }) => ({ ...rest, at: Date.parse(createdAt) })),
        events
      )
      assert.deepStrictEqual(
        rows.map(({ at, operation, outcome }) => ({ at, operation, outcome })),
        events.map(({ at, operation, outcome }) => ({ at, operation, outcome }))
      )
      assert.strictEqual(new Set(records.map(({ id }) => id)).size, 60)
    })
  )

  it.scoped("counts what it could not take or write", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const [each] = FastCheck.sample(event, { numRuns: 1, seed: 2 })
      yield* use(root, (telemetry, database) =>
        Effect.gen(function* () {
          yield* database.sql`ALTER TABLE telemetry RENAME TO away`
          for (let i = 0; each !== undefined && i < 100_003; i++) telemetry.unsafeRecord(() => each)
          assert.strictEqual(yield* telemetry.lost, 3)
          const error = yield* Effect.flip(telemetry.flush)
          assert.strictEqual(error._tag, "StoreError")
          yield* database.sql`ALTER TABLE away RENAME TO telemetry`
          yield* telemetry.flush
          const [row] = yield* database.sql<{ readonly n: number }>`SELECT count(*) AS n FROM telemetry`
          assert.strictEqual(row?.n, 100_000)
        })
      )
    })
  )

  it.effect("is there in memory too", () =>
    Effect.gen(function* () {
      const telemetry = yield* Telemetry
      const [each] = FastCheck.sample(event, { numRuns: 1, seed: 2 })
      if (each !== undefined) yield* telemetry.record(each)
      yield* telemetry.flush
      assert.strictEqual(yield* telemetry.lost, 0)
      assert.deepStrictEqual("taken" in telemetry && telemetry.taken, [each])
    }).pipe(Effect.provide(layerMemory))
  )
})
