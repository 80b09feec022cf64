/** Every step of the run store's history, over rows that were written before it, in both dialects. */
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Migrations from "../../layers/storage/Migrations.js"
import * as PgClient from "../../layers/storage/PgClient.js"
import * as SqliteClient from "../../layers/storage/SqliteClient.js"
import { runMigrations } from "../../migrations/runs/index.js"
import { pgUrl, tempDatabase } from "../support/postgres.js"
import { tempFile } from "../support/tempDir.js"

const latest = runMigrations.migrations.length

/** Rows for each table, written by hand as the version that made the table wrote them. */
type Rows = ReadonlyArray<readonly [since: number, into: string, values: string]>

interface Dialect {
  readonly name: string
  /** A new, empty database: each client of the layer connects to it. */
  readonly database: Effect.Effect<Layer.Layer<SqlClient.SqlClient>, never, Scope.Scope>
  readonly rows: Rows
  readonly tables: string
  readonly schema: string
  /** What each table refuses. */
  readonly refused: ReadonlyArray<string>
}

const sqlite: Dialect = {
  name: "SQLite",
  database: Effect.map(tempFile("runs.db"), (filename) =>
    Layer.orDie(SqliteClient.layer({ filename, synchronous: "NORMAL" }))
  ),
  rows: [
    [1, "space (id, name)", "(1, x'01')"],
    [1, "lineage (id, space, thread, path, epoch, reborn)", "(1, 1, x'02', x'03', 4, 1)"],
    [1, "deleted (space, thread, at)", "(1, x'05', 6)"],
    [
      1,
      "entry (place, lineage, kind, id, parent, at, meta, body, digest, chain)",
      "(67108865, 1, 0, x'07', x'08', 9, x'', x'0a', x'0b', x'0c')"
    ],
    [1, "chunk (id, space, hash, deflated, size, data)", "(1, 1, x'0d', 0, 14, x'0f')"],
    [1, "holding (chunk, lineage)", "(1, 1)"],
    [1, "named (space, name, place)", "(1, x'10', 67108865)"],
    [1, "ref (lineage, kind, name, n)", "(1, 'tag', x'11', 1)"]
  ],
  tables: `SELECT name FROM sqlite_master WHERE type = 'table'
    AND name NOT IN ('${runMigrations.ledger}', 'sqlite_sequence') ORDER BY name`,
  schema: "SELECT type, name, sql FROM sqlite_master ORDER BY type, name",
  refused: [
    "UPDATE entry SET id = x'00'",
    "UPDATE entry SET chain = x'00'",
    "UPDATE entry SET body = x'00'",
    "INSERT INTO space (id, name) VALUES (2, x'01')",
    "INSERT INTO lineage (space, thread, path, epoch, reborn) VALUES (1, x'02', x'03', 0, 0)",
    "INSERT INTO chunk (space, hash, deflated, size, data) VALUES (1, x'0d', 0, 0, x'')"
  ]
}

const postgres: Dialect = {
  name: "Postgres",
  database: Effect.map(tempDatabase, (url) => Layer.orDie(PgClient.layer({ url: Redacted.make(url) }))),
  rows: [
    [1, "aegis_space (name)", "('\\x01')"],
    [
      1,
      "aegis_lineage (space, epoch, n, reborn, chain, thread, path)",
      "(1, 2, 1, true, '\\x03', '\\x04', '\\x05')"
    ],
    [1, "aegis_deleted (space, thread, at)", "(1, '\\x06', 7)"],
    [
      1,
      "aegis_entry (at, lineage, n, kind, id, parent, digest, chain, meta, body)",
      "(8, 1, 1, 0, '\\x09', '\\x0a', '\\x0b', '\\x0c', '', '\\x0d')"
    ],
    [1, "aegis_chunk (space, size, deflated, hash, data)", "(1, 14, false, '\\x0f', '\\x10')"],
    [1, "aegis_holding (chunk, lineage)", "(1, 1)"],
    [1, "aegis_named (space, lineage, n, name)", "(1, 1, 1, '\\x11')"],
    [1, "aegis_ref (lineage, n, kind, name)", "(1, 1, 'tag', '\\x12')"]
  ],
  tables: `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'
    AND tablename <> '${runMigrations.ledger}' ORDER BY tablename`,
  schema: `SELECT table_name AS name, column_name, data_type, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT tablename, indexdef, '', '', '' FROM pg_indexes WHERE schemaname = 'public'
    ORDER BY 1, 2`,
  refused: [
    "UPDATE aegis_entry SET id = '\\x00'",
    "UPDATE aegis_entry SET chain = '\\x00'",
    "UPDATE aegis_entry SET body = '\\x00'",
    "INSERT INTO aegis_space (name) VALUES ('\\x01')",
    "INSERT INTO aegis_lineage (space, epoch, n, reborn, chain, thread, path) VALUES (1, 0, 0, false, '', '\\x04', '\\x05')",
    "INSERT INTO aegis_chunk (space, size, deflated, hash, data) VALUES (1, 0, false, '\\x0f', '')"
  ]
}

const contents = ({ tables }: Dialect) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const found = yield* sql.unsafe<{ readonly name: string }>(tables)
    return yield* Effect.forEach(found, ({ name }) =>
      Effect.map(sql`SELECT * FROM ${sql(name)}`, (rows) => [name, rows] as const)
    )
  })

const schemaOf = ({ schema }: Dialect) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(schema))

for (const dialect of [sqlite, postgres]) {
  describe.skipIf(dialect === postgres && pgUrl === undefined)(
    `the history of the run store on ${dialect.name}`,
    () => {
      it.live.each(Array.from({ length: latest + 1 }, (_, version) => version))(
        "keeps the rows of version %i, and ends in the same schema",
        (version) =>
          Effect.scoped(
            Effect.gen(function* () {
              const fresh = yield* dialect.database
              const expected = yield* Effect.provide(
                Effect.zipRight(Migrations.run(runMigrations), schemaOf(dialect)),
                fresh
              )
              const database = yield* dialect.database
              yield* Effect.gen(function* () {
                const sql = yield* SqlClient.SqlClient
                yield* Migrations.run({ ...runMigrations, through: version })
                const rows = dialect.rows.filter(([since]) => since <= version)
                for (const [, into, values] of rows) yield* sql.unsafe(`INSERT INTO ${into} VALUES ${values}`)
                const before = new Map(yield* contents(dialect))
                assert.strictEqual(before.size, rows.length)

                assert.strictEqual((yield* Migrations.run(runMigrations)).length, latest - version)
                const after = new Map(yield* contents(dialect))
                for (const [table, found] of before) {
                  const now = after.get(table) ?? []
                  assert.strictEqual(now.length, 1, table)
                  found.forEach((row, i) => assert.deepInclude(now[i], row))
                }
                for (const [table, found] of after) {
                  if (!before.has(table)) assert.deepStrictEqual(found, [])
                }
                assert.deepStrictEqual(yield* schemaOf(dialect), expected)
                assert.deepStrictEqual(yield* Migrations.run(runMigrations), [])
                if (version === latest) {
                  for (const statement of dialect.refused) {
                    const refused = yield* Effect.either(sql.unsafe(statement))
                    assert.strictEqual(refused._tag, "Left", statement)
                  }
                }
              }).pipe(Effect.provide(database))
            })
          )
      )

      it.live("is refused by name when a newer Aegis wrote it", () =>
        Effect.scoped(
          Effect.gen(function* () {
            const database = yield* dialect.database
            const error = yield* Effect.gen(function* () {
              const sql = yield* SqlClient.SqlClient
              yield* Migrations.run(runMigrations)
              yield* sql.unsafe(
                `INSERT INTO ${runMigrations.ledger} (migration_id, name) VALUES (${latest + 1}, 'later')`
              )
              return yield* Effect.flip(Migrations.run(runMigrations))
            }).pipe(Effect.provide(database))
            assert.strictEqual(error._tag, "SchemaTooNew")
            assert.include(error.message, "The run store")
            assert.include(error.message, String(latest + 1))
          })
        )
      )

      it.live("is made by one of several clients that come at once", () =>
        Effect.scoped(
          Effect.gen(function* () {
            const database = yield* dialect.database
            const applied = yield* Effect.all(
              Array.from({ length: 4 }, () =>
                Effect.provide(Migrations.run(runMigrations), Layer.fresh(database))
              ),
              { concurrency: "unbounded" }
            )
            assert.deepStrictEqual(applied.map((each) => each.length).sort(), [0, 0, 0, latest])
          })
        )
      )
    }
  )
}
