/** How the ledger lies in its database: what people see of it in SQL, what another hand left, and what is damaged. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import { CacheDatabase } from "../../../layers/CacheDatabase.js"
import { trimChunks } from "../../../layers/ledger/chunks.js"
import { packRecord, share, unpackRecord } from "../../../layers/ledger/packedRecord.js"
import * as LedgerStorageSqlite from "../../../layers/LedgerStorageSqlite.js"
import { TelemetryRecord } from "../../../src/domain/TelemetryRecord.js"
import { LedgerStorage, type TelemetryEvent } from "../../../src/services/LedgerStorage.js"
import { toRecord } from "../../../src/services/ledgerStorageMemory.js"
import { anyEvent, checkpoint, day, execution, hour } from "../../services/ledgerEvents.js"
import { named } from "../../services/namedEvents.js"
import { readLedger } from "../../services/readLedger.js"
import { tempDatabase } from "../../services/storages.js"

const ledger = Layer.orDie(LedgerStorageSqlite.layer).pipe(Layer.provideMerge(tempDatabase))

const write = (...events: ReadonlyArray<TelemetryEvent>): Effect.Effect<void, never, LedgerStorage> =>
  Effect.flatMap(LedgerStorage, ({ append }) => Effect.orDie(append(named(events))))

/** Leaves a record as the plain hit does, or what is none. */
const leave = (record: string, version = 2): Effect.Effect<void, never, CacheDatabase> =>
  Effect.flatMap(
    CacheDatabase,
    ({ sql }) => sql`INSERT INTO telemetry (version, operation, outcome, created_at, record)
      VALUES (${version}, 'resolve', 'hit', ${day + hour}, ${record})`
  ).pipe(Effect.orDie)

const operations = Effect.flatMap(
  CacheDatabase,
  ({ sql }) => sql<{ readonly [column: string]: unknown }>`SELECT * FROM operations ORDER BY at`
).pipe(Effect.orDie)

/** What is warned of meanwhile. */
const warnings = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<ReadonlyArray<string>, E, R> => {
  const told: Array<string> = []
  const logger = Logger.make(({ message }) => void told.push(String(message)))
  return Effect.as(self, told).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
}

const left = JSON.stringify({
  id: "b3a2edd0-e4c5-5e8e-ae8c-e9e4ccb77472",
  scaffoldId: "d9b9f2f7-c909-5d59-a23a-c340ae09f01f",
  operation: "resolve",
  outcome: "hit",
  namespace: "default",
  provider: "openai",
  model: "gpt-4o",
  tokenCount: 12,
  cost: 0.5,
  latency: 3,
  cacheHit: true
})

describe("a packed record", () => {
  it.prop("is what the schema encodes", [anyEvent], ([event]) => {
    const [entry] = named([event])
    assert(entry !== undefined)
    const shared = share(entry.id)
    const packed: unknown = JSON.parse(packRecord(entry, day, shared, undefined))
    const { request: _, ...expected } = Schema.encodeSync(TelemetryRecord)(toRecord(entry))
    const { at, record } = unpackRecord(packed, day, shared) ?? {}
    const { request: __, ...found } = record ?? {}
    assert.strictEqual(at, event.at)
    assert.deepStrictEqual(found, JSON.parse(JSON.stringify(expected)))
  })
})

describe("a ledger in its database", () => {
  it.scoped("shows packed records and those that were left in one view", () =>
    Effect.gen(function* () {
      yield* write(execution({ checkpointId: checkpoint("one"), error: "RateLimited" }))
      yield* leave(left)
      const seen = yield* operations
      assert.deepStrictEqual(seen[0], {
        id: named([execution()])[0]?.id,
        at: "2026-11-02T00:00:00.000Z",
        operation: "execute",
        outcome: "miss",
        error: "RateLimited",
        namespace: "default",
        provider: "anthropic",
        model: "claude-opus-4-8",
        scaffold: execution().scaffoldId,
        checkpoint: checkpoint("one"),
        tokens: 1100,
        usd: 0.01,
        saved_usd: null,
        milliseconds: 1000,
        uncached_input: 200,
        cache_read: 700,
        cache_write_5m: 100,
        cache_write_1h: null,
        output: 100,
        trace: null
      })
      assert.deepInclude(seen[1], { at: "2026-11-02T01:00:00.000Z", model: "gpt-4o", usd: 0.5 })
      yield* Effect.flatMap(LedgerStorage, ({ newest }) => newest)
      assert.deepStrictEqual(yield* operations, seen)
    }).pipe(Effect.provide(ledger))
  )

  it.scoped("tells of what cannot be read, gives all the rest, and leaves what a later version left", () =>
    Effect.gen(function* () {
      const { sql } = yield* CacheDatabase
      const storage = yield* LedgerStorage
      yield* write(execution({ at: day }), execution({ at: day + 1 }))
      yield* write(execution({ at: day + 2 }))
      yield* leave(left)
      yield* leave("no record")
      yield* leave(left, 99)
      yield* sql`UPDATE telemetry_chunk SET records = json_set(records, '$[0][0]', 'none') WHERE id = 1`
      yield* sql`UPDATE telemetry_chunk SET records = '[' WHERE id = 2`
      const told = yield* warnings(
        Effect.gen(function* () {
          const ats = (yield* readLedger(storage)).map(({ createdAt }) => Date.parse(createdAt))
          assert.deepStrictEqual(ats, [day + 1, day + hour])
        })
      )
      assert.deepStrictEqual(told, [
        "record 2 that was left for the ledger cannot be read",
        "record 3 that was left for the ledger cannot be read",
        "record 0 of chunk 1 of the ledger cannot be read",
        "chunk 2 of the ledger cannot be read"
      ])
      const rows = yield* sql<{ readonly version: number }>`SELECT version FROM telemetry ORDER BY seq`
      assert.deepStrictEqual(
        rows.map(({ version }) => version),
        [2, 99]
      )
    }).pipe(Effect.provide(ledger))
  )

  it.scoped("forgets what was sent with the last records that sent it", () =>
    Effect.gen(function* () {
      const { sql } = yield* CacheDatabase
      const storage = yield* LedgerStorage
      const requests = FastCheck.sample(anyEvent, { numRuns: 200, seed: 4 }).flatMap(
        ({ request }) => request ?? []
      )
      const [once, again] = requests
      assert(once !== undefined && again !== undefined)
      yield* write(
        execution({ at: day, request: once }),
        execution({ at: day, request: again }),
        execution({ at: day + hour, request: again })
      )
      assert.strictEqual(yield* storage.prune(day + hour), 2)
      assert.lengthOf(yield* sql`SELECT * FROM telemetry_request`, 1)
      assert.deepStrictEqual(
        (yield* readLedger(storage)).map(({ request }) => request?.blocks),
        [again.blocks]
      )
    }).pipe(Effect.provide(ledger))
  )

  it.scoped("is cut to about so many records by whole hours, and their sums stay", () =>
    Effect.gen(function* () {
      const { step } = yield* CacheDatabase
      const storage = yield* LedgerStorage
      for (let i = 0; i < 5; i++)
        yield* write(...Array.from({ length: 4 }, () => execution({ at: day + i * hour })))
      yield* step((run, get) => trimChunks(run, get, 10))
      assert.lengthOf(yield* readLedger(storage), 12)
      yield* step((run, get) => trimChunks(run, get, 12))
      assert.lengthOf(yield* readLedger(storage), 12)
      const [all] = yield* storage.report({}, [])
      assert.strictEqual(all?.sums.counts.records, 20)
    }).pipe(Effect.provide(ledger))
  )
})
