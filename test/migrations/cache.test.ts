/** Every step of the cache database's history, over rows that were written before it. */
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Migrations from "../../layers/storage/Migrations.js"
import * as SqliteClient from "../../layers/storage/SqliteClient.js"
import { cacheMigrations } from "../../migrations/cache/index.js"
import { tempFile } from "../support/tempDir.js"

const ids = cacheMigrations.migrations.map(([id]) => id)

/** A row for each table, written by hand as the version that made the table wrote it. */
const rows: ReadonlyArray<readonly [since: number, into: string, values: string]> = [
  [
    1,
    "entry (id, namespace, hash, version, header, meta, digest, provider, model, created_at)",
    "(1, 'default', x'01', 1, 'header', 'meta', x'02', 'openai', 'gpt-4o', 5)"
  ],
  [1, "block", "(1, x'03', 4, x'74657874')"],
  [1, "entry_block", "(1, x'03')"],
  [1, "access", "(1, 6, 7)"],
  [1, "lookup_count", "('default', 'hit', 8)"],
  [1, "quarantine", "(1, 'entry', '04', 'altered')"],
  [2, "token_count", "(1, x'03', 'o200k', 9, 10)"],
  [
    3,
    "telemetry (seq, version, operation, outcome, created_at, record)",
    "(1, 1, 'resolve', 'hit', 11, '{}')"
  ],
  [5, "verdict", "(1, x'03', '[]', 12)"],
  [6, "response", "(1, 'default', x'03', 13, 2, 14, '{}', x'7b7d')"],
  [7, "telemetry_request (id, hash, request)", "(1, x'03', '{}')"],
  [7, "telemetry_pruned", "(1, 15)"],
  [
    7,
    `telemetry_hour (hour, namespace, provider, model, operation, outcome, records, failed, hit, miss, follower,
      replay, bypass, lookups, lookup_hits, answers, answer_hits, calls, priced_calls, usage_calls, reading_calls,
      uncached_input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, nano_uncached_input,
      nano_cache_read, nano_cache_write_5m, nano_cache_write_1h, nano_output, nano_spent, nano_saved, saved_tokens,
      nano_write_premium, latency_lookup, latency_provider, latency_first_token, latency_total)`,
    `(1, 'default', 'openai', 'gpt-4o', 'resolve', 'hit'${", 1".repeat(30)}, x'02', NULL, NULL, x'03')`
  ],
  [8, "budget_account", "(1, 'day', '', '2026-11-26', 15, 0)"],
  [8, "budget_reservation", "(1, 16, 17, 18)"],
  [8, "budget_claim", "(1, 1)"],
  [8, "budget_alert", "(1, 15)"],
  [9, "telemetry_chunk", "(1, 2, 7200000, 7200001, 1, 2, 'prefix', '[]', '[]', '[]')"],
  [9, "telemetry_of_checkpoint", "('b3a2edd0-e4c5-5e8e-ae8c-e9e4ccb77472', 1)"]
]

const contents = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const tables = yield* sql<{ readonly name: string }>`
    SELECT name FROM sqlite_master WHERE type = 'table' AND name <> ${cacheMigrations.ledger} AND name NOT LIKE 'sqlite_%'
    ORDER BY name`
  return yield* Effect.forEach(tables, ({ name }) =>
    Effect.map(sql`SELECT * FROM ${sql(name)}`, (found) => [name, found] as const)
  )
})

const schema = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`SELECT type, name, sql FROM sqlite_master ORDER BY type, name`
)

describe("the history of the cache database", () => {
  it.scoped.each([0, ...ids])("keeps the rows of version %i, and ends in the same schema", (version) =>
    Effect.gen(function* () {
      const filename = yield* tempFile("cache.db")
      const fresh = yield* tempFile("cache.db")
      const expected = yield* Effect.zipRight(Migrations.run(cacheMigrations), schema).pipe(
        Effect.provide(SqliteClient.layer({ filename: fresh, synchronous: "NORMAL" }))
      )
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* Migrations.run({ ...cacheMigrations, through: version })
        for (const [since, into, values] of rows) {
          if (since <= version) yield* sql.unsafe(`INSERT INTO ${into} VALUES ${values}`)
        }
        const before = new Map(yield* contents)
        assert.strictEqual(before.size, new Set(rows.filter(([since]) => since <= version)).size)

        const applied = yield* Migrations.run(cacheMigrations)
        assert.deepStrictEqual(
          applied.map(([id]) => id),
          ids.filter((id) => id > version)
        )
        const after = new Map(yield* contents)
        // what was there is there still; columns that came later have their defaults
        for (const [table, found] of before) {
          const now = after.get(table) ?? []
          assert.strictEqual(now.length, found.length, table)
          found.forEach((row, i) => assert.deepInclude(now[i], row))
        }
        for (const [table, found] of after) if (!before.has(table)) assert.deepStrictEqual(found, [])
        assert.deepStrictEqual(yield* schema, expected)
        assert.deepStrictEqual(yield* Migrations.run(cacheMigrations), [])
      }).pipe(Effect.provide(SqliteClient.layer({ filename, synchronous: "NORMAL" })))
    })
  )
})
