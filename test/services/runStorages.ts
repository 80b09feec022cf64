/** Every database that a run store can stand on, each new and empty. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import * as RunStoragePg from "../../layers/RunStoragePg.js"
import * as RunStorageSqlite from "../../layers/RunStorageSqlite.js"
import { enableRowLevelSecurity } from "../../layers/runs/rowLevelSecurity.js"
import * as Migrations from "../../layers/storage/Migrations.js"
import * as PgClient from "../../layers/storage/PgClient.js"
import * as SqliteClient from "../../layers/storage/SqliteClient.js"
import { runMigrations } from "../../migrations/runs/index.js"
import { kinds } from "../../src/runs/entry.js"
import type { RunStorage } from "../../src/services/RunStorage.js"
import { make as makeMemory } from "../../src/services/runStorageMemory.js"
import { hasPgBouncer, pooled } from "../support/pgbouncer.js"
import { administer, pgUrl, tempDatabase } from "../support/postgres.js"
import { draftOf, lineage, uuid } from "./runDrafts.js"
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

const openClient = (url: string, options: Omit<PgClient.Options, "url"> = {}) =>
  PgClient.make({ url: Redacted.make(url), ...options })

/** The URL of a new database with the schema of a run store. */
export const runDatabase: Effect.Effect<string, never, Scope.Scope> = Effect.tap(tempDatabase, (url) =>
  Effect.scoped(
    Effect.flatMap(openClient(url), (sql) =>
      Effect.provideService(Migrations.run(runMigrations), SqlClient.SqlClient, sql)
    )
  ).pipe(Effect.provide(Reactivity.layer), Effect.orDie)
)

/** The URL for a role of its own, whom the policies of its tables hold. */
export const securedDatabase = Effect.gen(function* () {
  const url = new URL(yield* runDatabase)
  const role = `aegis_role_${randomUUID().replaceAll("-", "")}`
  yield* Effect.acquireRelease(administer(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`), () =>
    administer(`DROP ROLE ${role}`)
  )
  const asOwner = (statements: ReadonlyArray<string>) =>
    Effect.scoped(
      Effect.flatMap(openClient(url.href), (sql) =>
        Effect.forEach(statements, (statement) => sql.unsafe(statement), { discard: true })
      )
    ).pipe(Effect.provide(Reactivity.layer), Effect.orDie)
  yield* Effect.acquireRelease(
    asOwner([
      ...enableRowLevelSecurity,
      ...enableRowLevelSecurity,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`
    ]),
    () => asOwner([`DROP OWNED BY ${role}`])
  )
  const secured = new URL(url)
  secured.username = role
  secured.password = "secret"
  return { owner: url.href, url: secured.href }
})

const onPostgres = (
  urls: Effect.Effect<{ readonly owner: string; readonly url: string }, never, Scope.Scope>,
  options: RunStoragePg.Options = {},
  client: Omit<PgClient.Options, "url"> = {}
): Layer.Layer<RunDatabase> =>
  Layer.scoped(
    RunDatabase,
    Effect.gen(function* () {
      const { owner, url } = yield* urls
      const sql = yield* openClient(url, client)
      const all = yield* openClient(owner, { maxConnections: 1 })
      const tables = yield* all<{ readonly name: string }>`
        SELECT tablename AS name FROM pg_tables WHERE tablename LIKE 'aegis%'`
      return RunDatabase.of({
        open: (namespace) => Effect.orDie(RunStoragePg.make(sql, namespace, options)),
        search: (bytes) =>
          searchTables(
            all,
            tables.map(({ name }) => name),
            bytes
          )
      })
    }).pipe(Effect.provide(Reactivity.layer), Effect.orDie)
  )

const plainDatabase = Effect.map(runDatabase, (url) => ({ owner: url, url }))

const pooledDatabase = Effect.gen(function* () {
  const owner = yield* runDatabase
  return { owner, url: yield* pooled(owner) }
})

/** Whoever has no pooler meets at least what one leads to: statements that nobody prepares. */
const pooledOrPlain = hasPgBouncer
  ? ([
      "on Postgres behind PgBouncer",
      onPostgres(pooledDatabase, {}, { statementTimeout: "1 minute" })
    ] as const)
  : ([
      "on Postgres without prepared statements (PgBouncer is not installed)",
      onPostgres(plainDatabase, {}, { preparedStatements: false })
    ] as const)

export const runStorages: ReadonlyArray<readonly [name: string, layer: Layer.Layer<RunDatabase>]> = [
  ["in memory", memory],
  ["on SQLite", sqlite],
  ...(pgUrl === undefined
    ? []
    : ([
        ["on Postgres", onPostgres(plainDatabase)],
        pooledOrPlain,
        ["on Postgres with row level security", onPostgres(securedDatabase, { rowLevelSecurity: true })]
      ] as const))
]

/** A storage with a namespace of its own. */
let namespaces = 0
export const fresh = Effect.flatMap(RunDatabase, ({ open }) => open(`namespace ${++namespaces}`))

export const on = <A, E>(program: (storage: Storage) => Effect.Effect<A, E, RunDatabase>) =>
  Effect.flatMap(fresh, program)

/** The tag of the error that an effect fails with. */
export const failure = <A, E extends { readonly _tag: string }, R>(self: Effect.Effect<A, E, R>) =>
  Effect.map(
    Effect.either(self),
    Either.match({ onLeft: ({ _tag }) => _tag, onRight: () => "success" as const })
  )

export const main = lineage("thread")

/** A removal of nothing, but for its epoch. */
export const nothing = { gone: [], empty: [], chunks: [], draft: draftOf(uuid(99), { kind: kinds.prune }) }
