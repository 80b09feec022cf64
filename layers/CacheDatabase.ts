/**
 * The database of the cache: one SQLite file under the project's `.aegis/`, private to its owner, migrated when it is
 * opened. Owns: the file and its schema. Does not own: what is read and written (ScaffoldStorageSqlite and others).
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Path from "node:path"
import { cacheMigrations } from "../migrations/cache/index.js"
import type { MigrationFailed, SchemaTooNew, StoreError, StoreOpenError } from "../src/domain/StoreErrors.js"
import { AegisConfig } from "../src/services/AegisConfig.js"
import { privateFolder } from "./privateFolder.js"
import { mmapSize, walAutocheckpoint } from "./storage/cacheFile.js"
import type * as HotReader from "./storage/HotReader.js"
import * as Migrations from "./storage/Migrations.js"
import * as SqliteClient from "./storage/SqliteClient.js"

export class CacheDatabase extends Context.Tag("aegis/CacheDatabase")<
  CacheDatabase,
  {
    readonly sql: SqlClient.SqlClient
    /** A transaction in one synchronous step, for what is written at every miss. */
    readonly step: SqliteClient.SqliteClient["step"]
    /** What is read at every lookup: no queue, no span. */
    readonly reader: HotReader.HotReader
    readonly filename: string
    readonly transaction: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SqlError, R>
  }
>() {}

/** Opens a database file, its schema as it is. */
export const connect = (
  filename: string
): Effect.Effect<SqliteClient.SqliteClient, StoreOpenError, Scope.Scope | Reactivity.Reactivity> =>
  SqliteClient.make({
    filename,
    // a crash may lose the last entries of a cache; only a power cut does so with NORMAL
    synchronous: "NORMAL",
    mmapSize,
    cacheSize: -32_768,
    walAutocheckpoint
  })

/** The cache's file in the configured project: `<root>/<cacheDir>/cache.db`. */
export const fileOf = ({ root, settings }: AegisConfig["Type"]): string =>
  Path.join(Path.resolve(root, settings.cacheDir), "cache.db")

/** Opens a database file and brings its schema up to date. */
export const make = Effect.fnUntraced(function* (filename: string) {
  const ours = yield* connect(filename)
  yield* Effect.provideService(Migrations.run(cacheMigrations), SqlClient.SqlClient, ours)
  const reader = yield* ours.hotReader
  return CacheDatabase.of({
    sql: ours,
    step: ours.step,
    reader,
    filename,
    transaction: ours.withTransaction
  })
})

/** Opens the cache database of the configured project. */
export const open = Effect.gen(function* () {
  const filename = fileOf(yield* AegisConfig)
  yield* privateFolder(Path.dirname(filename))
  return yield* make(filename)
})

export const layer: Layer.Layer<
  CacheDatabase,
  StoreOpenError | StoreError | MigrationFailed | SchemaTooNew,
  AegisConfig
> = Layer.scoped(CacheDatabase, open).pipe(Layer.provide(Reactivity.layer))
