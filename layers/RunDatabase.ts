/**
 * The database of the run store: a SQLite file under the project's `.aegis/`, or the Postgres that `AEGIS_DATABASE_URL` names.
 * Owns: the connection, its durability, and its schema. Does not own: what is read and written (RunStorageSqlite,
 * RunStoragePg).
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Path from "node:path"
import { runMigrations } from "../migrations/runs/index.js"
import {
  type MigrationFailed,
  type SchemaTooNew,
  type StoreError,
  StoreOpenError
} from "../src/domain/StoreErrors.js"
import { AegisConfig } from "../src/services/AegisConfig.js"
import { RunStorage } from "../src/services/RunStorage.js"
import { privateFolder } from "./privateFolder.js"
import * as Migrations from "./storage/Migrations.js"

export type RunDatabaseError = StoreOpenError | StoreError | MigrationFailed | SchemaTooNew

export interface Options {
  /** SQLite: whether what was acknowledged survives a power cut ("FULL", the default), or only a crash of the process. */
  readonly synchronous?: "FULL" | "NORMAL" | undefined
  /** Postgres: how long the server may work on one statement. Default 30 s. */
  readonly statementTimeout?: Duration.DurationInput | undefined
  /** Postgres: connections at most. Default 10. */
  readonly maxConnections?: number | undefined
  /** Postgres: statements that the server remembers by name. Default true, but for the URL of a transaction pooler. */
  readonly preparedStatements?: boolean | undefined
  /**
   * Postgres: each statement says for which namespace it is, so that the server's policies hold it to that. Default: what the
   * URL says (`row_level_security=true`).
   */
  readonly rowLevelSecurity?: boolean | undefined
  /** Leave the schema as it is. Default false: it is brought up to date. */
  readonly migrate?: boolean | undefined
}

export class RunDatabase extends Context.Tag("aegis/RunDatabase")<
  RunDatabase,
  {
    readonly dialect: "sqlite" | "postgres"
    /** The file, or the server without user and password. */
    readonly location: string
    readonly sql: SqlClient.SqlClient
    /** The store of one tenant. */
    readonly storage: (namespace: string) => Effect.Effect<RunStorage["Type"], StoreError>
  }
>() {}

type Opened = Effect.Effect<RunDatabase["Type"], RunDatabaseError, Scope.Scope | Reactivity.Reactivity>

/** @internal */
export const upToDate = (
  sql: SqlClient.SqlClient,
  { migrate = true }: Options
): Effect.Effect<void, RunDatabaseError> =>
  migrate
    ? Effect.asVoid(Effect.provideService(Migrations.run(runMigrations), SqlClient.SqlClient, sql))
    : Effect.void

/** A SQLite file, for its owner alone. What is deleted is overwritten. */
const openSqlite = (filename: string, options: Options): Opened =>
  Effect.gen(function* () {
    const [SqliteClient, RunStorageSqlite] = yield* Effect.promise(() =>
      Promise.all([import("./storage/SqliteClient.js"), import("./RunStorageSqlite.js")])
    )
    const sql = yield* SqliteClient.make({
      filename,
      synchronous: options.synchronous ?? "FULL",
      secureDelete: true,
      // a deflated page of a value takes half of a larger one, and wastes the rest
      pageSize: 4096
    })
    yield* upToDate(sql, options)
    const reader = yield* sql.hotReader
    return {
      dialect: "sqlite" as const,
      location: filename,
      sql,
      storage: (namespace: string) => RunStorageSqlite.make(sql, reader, namespace)
    }
  })

const isPostgres = (place: string): boolean => /^postgres(ql)?:/i.test(place)

/** An address of something else. As a path it would make folders with a password in their names. */
const otherAddress = /^([a-z][a-z0-9+.-]*):\/\//i

/** Opens a path, or a `postgres://` URL. */
export const open = (place: Redacted.Redacted, options: Options = {}): Opened => {
  const text = Redacted.value(place)
  if (isPostgres(text)) {
    return Effect.flatMap(
      Effect.promise(() => import("./runs/openPostgres.js")),
      ({ openPostgres }) => openPostgres(place, options)
    )
  }
  const [, scheme] = otherAddress.exec(text) ?? []
  return scheme === undefined
    ? openSqlite(text, options)
    : new StoreOpenError({
        location: `${scheme}://…`,
        reason: "not-found",
        hint: "Runs are kept in a file or on Postgres: write postgres://user:password@host/database, or the path of a file."
      })
}

/** The variables of an environment, for whoever has them from elsewhere than the process. */
export const variablesOf = (
  env: Readonly<Record<string, string | undefined>>
): ConfigProvider.ConfigProvider =>
  ConfigProvider.fromMap(
    new Map(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
  )

/** The server to use instead of a file; an empty one is none. */
export const databaseUrl: Effect.Effect<Option.Option<Redacted.Redacted>> = Config.redacted(
  "AEGIS_DATABASE_URL"
).pipe(Effect.option, Effect.map(Option.filter((url) => Redacted.value(url).trim() !== "")))

/** The run store's file in the configured project: `<root>/<cacheDir>/store.db`. */
export const fileOf = ({ root, settings }: AegisConfig["Type"]): string =>
  Path.join(Path.resolve(root, settings.cacheDir), "store.db")

const openFile = (
  options: Options
): Effect.Effect<RunDatabase["Type"], RunDatabaseError, AegisConfig | Scope.Scope | Reactivity.Reactivity> =>
  Effect.gen(function* () {
    const filename = fileOf(yield* AegisConfig)
    yield* privateFolder(Path.dirname(filename))
    return yield* openSqlite(filename, options)
  })

/** The database of the configured project. */
export const openConfigured = (
  options: Options = {}
): Effect.Effect<RunDatabase["Type"], RunDatabaseError, AegisConfig | Scope.Scope | Reactivity.Reactivity> =>
  Effect.flatMap(
    databaseUrl,
    Option.match({ onNone: () => openFile(options), onSome: (url) => open(url, options) })
  )

export const layer: Layer.Layer<RunDatabase, RunDatabaseError, AegisConfig> = Layer.scoped(
  RunDatabase,
  openConfigured()
).pipe(Layer.provide(Reactivity.layer))

/** The store of the configured namespace. */
export const layerStorage: Layer.Layer<RunStorage, StoreError, RunDatabase | AegisConfig> = Layer.effect(
  RunStorage,
  Effect.gen(function* () {
    const { settings } = yield* AegisConfig
    const { storage } = yield* RunDatabase
    return yield* storage(settings.namespace)
  })
)
