/** Every step of the cache database's history, over rows that were written before it. */
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Migrations from "../../layers/storage/Migrations.js"
import * as SqliteClient from "../../layers/storage/SqliteClient.js"
import { cacheMigrations } from "../../migrations/cache/index.js"
import { tempFile } from "../support/tempDir.js"

const latest = cacheMigrations.migrations.length

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
  [7, "telemetry_request", "(1, x'03', '{}')"],
  [7, "telemetry_pruned", "(1, 15)"],
  [
    7,
    "telemetry_hour",
    `(1, 'default', 'openai', 'gpt-4o', 'resolve', 'hit'${", 1".repeat(30)}, x'02', NULL, NULL, x'03')`
  ]
]

const contents = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const tables = yield* sql<{ readonly name: string }>`
    SELECT name FROM sqlite_master WHERE type = 'table' AND name <> ${cacheMigrations.ledger} ORDER BY name`
  return yield* Effect.forEach(tables, ({ name }) =>
    Effect.map(sql`SELECT * FROM ${sql(name)}`, (found) => [name, found] as const)
  )
})

const schema = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`SELECT type, name, sql FROM sqlite_master ORDER BY type, name`
)

describe("the history of the cache database", () => {
  it.scoped.each(Array.from({ length: latest + 1 }, (_, version) => version))(
    "keeps the rows of version %i, and ends in the same schema",
    (version) =>
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
          assert.strictEqual(applied.length, latest - version)
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
