/** Every database that a run store can stand on, each new and empty. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as RunStoragePg from "../../layers/RunStoragePg.js"
import * as RunStorageSqlite from "../../layers/RunStorageSqlite.js"
import * as Migrations from "../../layers/storage/Migrations.js"
import * as PgClient from "../../layers/storage/PgClient.js"
import * as SqliteClient from "../../layers/storage/SqliteClient.js"
import { runMigrations } from "../../migrations/runs/index.js"
import type { RunStorage } from "../../src/services/RunStorage.js"
import { make as makeMemory } from "../../src/services/runStorageMemory.js"
import { pgUrl, tempDatabase } from "../support/postgres.js"
import { tempFile } from "../support/tempDir.js"

export type Storage = RunStorage["Type"]

/** A database that storages of any namespaces are opened on. */
export class RunDatabase extends Context.Tag("test/RunDatabase")<
  RunDatabase,
  {
    readonly open: (namespace: string) => Effect.Effect<Storage>
    /** The tables in which these bytes stand. */
    readonly search: (bytes: Uint8Array) => Effect.Effect<ReadonlyArray<string>>
  }
>() {}

/** The tables of a client that hold these bytes in any of their rows. */
export const searchTables = (
  sql: SqlClient.SqlClient,
  tables: ReadonlyArray<string>,
  bytes: Uint8Array
): Effect.Effect<ReadonlyArray<string>> =>
  Effect.orDie(
    Effect.filter(tables, (table) =>
      Effect.map(sql<Record<string, unknown>>`SELECT * FROM ${sql(table)}`, (rows) =>
        rows.some((row) =>
          Object.values(row).some(
            (value) => value instanceof Uint8Array && Buffer.from(value).includes(Buffer.from(bytes))
          )
        )
      )
    )
  )

const memory: Layer.Layer<RunDatabase> = Layer.sync(RunDatabase, () => {
  const opened = new Map<string, Storage>()
  return RunDatabase.of({
    open: (namespace) =>
      Effect.sync(() => {
        const storage = opened.get(namespace) ?? makeMemory(namespace)
        opened.set(namespace, storage)
        return storage
      }),
    search: () => Effect.succeed([])
  })
})

export const sqlite: Layer.Layer<RunDatabase> = Layer.scoped(
  RunDatabase,
  Effect.gen(function* () {
    const client = yield* SqliteClient.make({
      filename: yield* tempFile("runs.db"),
      synchronous: "NORMAL"
    })
    yield* Effect.provideService(Migrations.run(runMigrations), SqlClient.SqlClient, client)
    const reader = yield* client.hotReader
    const tables = yield* client<{
      readonly name: string
    }>`SELECT name FROM sqlite_master WHERE type = 'table'`
    return RunDatabase.of({
      open: (namespace) => Effect.orDie(RunStorageSqlite.make(client, reader, namespace)),
      search: (bytes) =>
        searchTables(
          client,
          tables.map(({ name }) => name),
          bytes
        )
    })
  }).pipe(Effect.provide(Reactivity.layer), Effect.orDie)
)

/** Storages of a new database on Postgres, all on one client. */
export const postgres = (
  options: RunStoragePg.Options = {},
  client: Omit<PgClient.Options, "url"> = {}
): Layer.Layer<RunDatabase> =>
  Layer.scoped(
    RunDatabase,
    Effect.gen(function* () {
      const sql = yield* PgClient.make({ url: Redacted.make(yield* tempDatabase), ...client })
      yield* Effect.provideService(Migrations.run(runMigrations), SqlClient.SqlClient, sql)
      const tables = yield* sql<{ readonly name: string }>`
        SELECT tablename AS name FROM pg_tables WHERE tablename LIKE 'aegis%'`
      return RunDatabase.of({
        open: (namespace) => Effect.orDie(RunStoragePg.make(sql, namespace, options)),
        search: (bytes) =>
          searchTables(
            sql,
            tables.map(({ name }) => name),
            bytes
          )
      })
    }).pipe(Effect.provide(Reactivity.layer), Effect.orDie)
  )

export const runStorages: ReadonlyArray<readonly [name: string, layer: Layer.Layer<RunDatabase>]> = [
  ["in memory", memory],
  ["on SQLite", sqlite],
  ...(pgUrl === undefined
    ? []
    : ([
        ["on Postgres", postgres()],
        ["on Postgres with prepared statements", postgres({}, { preparedStatements: true })],
        ["on Postgres with row level security", postgres({ rowLevelSecurity: true })]
      ] as const))
]
