/** The schemas of the project's databases, where `aegis migrate` asks for them. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlClient as Sql } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { cacheMigrations } from "../../migrations/cache/index.js"
import { runMigrations } from "../../migrations/runs/index.js"
import { Schemas } from "../../src/cli/Schemas.js"
import type { MigrationReport, MigrationStatus } from "../../src/domain/Migrations.js"
import type {
  MigrationFailed,
  SchemaTooNew,
  StoreError,
  StoreOpenError
} from "../../src/domain/StoreErrors.js"
import { AegisConfig, type ConfigInvalid } from "../../src/services/AegisConfig.js"
import * as CacheDatabase from "../CacheDatabase.js"
import { loadConfig, type Sources } from "../ConfigFile.js"
import { UsageError } from "../../src/cli/UsageError.js"
import { privateFolder } from "../privateFolder.js"
import * as RunDatabase from "../RunDatabase.js"
import * as Migrations from "../storage/Migrations.js"
import { toStoreError } from "../storage/sqlError.js"
import { transaction } from "../storage/Transaction.js"
import * as SqliteClient from "../storage/SqliteClient.js"

type Status = MigrationStatus["databases"][number]
type Place = Pick<Status, "database" | "location">
type OnServer = Effect.Effect<
  RunDatabase.RunDatabase["Type"],
  RunDatabase.RunDatabaseError,
  Scope.Scope | Reactivity.Reactivity
>

const named = (all: ReadonlyArray<Migrations.Applied>): Status["applied"] =>
  all.map(([id, name]) => ({ id, name }))

const statusOf = (place: Place, plan: Migrations.Plan, sql: Sql): Effect.Effect<Status, StoreError> =>
  Effect.map(
    Effect.provideService(Migrations.status(plan), SqlClient.SqlClient, sql),
    ({ applied, missing, newer }) => ({
      ...place,
      exists: true,
      applied: named(applied),
      missing: named(missing),
      newer: named(newer)
    })
  )

/** The status of a file. It is only read, and not made where there is none. */
const statusOfFile = (
  place: Place,
  plan: Migrations.Plan
): Effect.Effect<Status, StoreOpenError | StoreError, Reactivity.Reactivity> =>
  Fs.existsSync(place.location)
    ? SqliteClient.make({ filename: place.location, readonly: true, synchronous: "NORMAL" }).pipe(
        Effect.flatMap((sql) => statusOf(place, plan, sql)),
        Effect.scoped
      )
    : Effect.succeed({
        ...place,
        exists: false,
        applied: [],
        missing: named(plan.migrations.map(([id, name]) => [id, name])),
        newer: []
      })

const up = (
  place: Place,
  plan: Migrations.Plan,
  sql: Sql
): Effect.Effect<MigrationReport["databases"][number], StoreError | MigrationFailed | SchemaTooNew> =>
  Effect.map(Effect.provideService(Migrations.run(plan), SqlClient.SqlClient, sql), (applied) => ({
    ...place,
    applied: named(applied),
    rowLevelSecurity: false
  }))

const make = (config: AegisConfig["Type"], env: Sources["env"]): Schemas["Type"] => {
  const cache: Place = { database: "cache", location: CacheDatabase.fileOf(config) }
  const runs: Place = { database: "runs", location: RunDatabase.fileOf(config) }
  const asIs = { migrate: false } as const
  /** The run store on a server, if it is on one. */
  const server: Effect.Effect<Option.Option<OnServer>> = Effect.map(
    RunDatabase.databaseUrl,
    Option.map((url) => RunDatabase.open(url, asIs))
  )
  const ready = <A, E>(
    effect: Effect.Effect<A, E, Scope.Scope | Reactivity.Reactivity>
  ): Effect.Effect<A, E> =>
    effect.pipe(
      Effect.scoped,
      Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make),
      Effect.withConfigProvider(RunDatabase.variablesOf(env))
    )
  const runStatus = Effect.flatMap(
    server,
    Option.match({
      onNone: () => statusOfFile(runs, runMigrations),
      onSome: (opened) =>
        Effect.flatMap(opened, ({ location, sql }) =>
          statusOf({ ...runs, location }, runMigrations, sql)
        ).pipe(
          // the schema is left as it is, so nothing of it can be in the way of opening
          Effect.catchTags({ MigrationFailed: Effect.die, SchemaTooNew: Effect.die })
        )
    })
  )
  return {
    status: ready(
      Effect.gen(function* () {
        return { databases: [yield* statusOfFile(cache, cacheMigrations), yield* runStatus] }
      })
    ),
    up: ({ rowLevelSecurity }) =>
      ready(
        Effect.gen(function* () {
          if (rowLevelSecurity && Option.isNone(yield* RunDatabase.databaseUrl)) return yield* noServer
          yield* privateFolder(Path.dirname(cache.location))
          const inCache = yield* up(cache, cacheMigrations, yield* CacheDatabase.connect(cache.location))
          const { location, sql } = yield* RunDatabase.openConfigured(asIs)
          const inRuns = yield* up({ ...runs, location }, runMigrations, sql)
          if (rowLevelSecurity) yield* enable(sql)
          return { databases: [inCache, { ...inRuns, rowLevelSecurity }] }
        }).pipe(Effect.provideService(AegisConfig, config))
      )
  }
}

const noServer = new UsageError({
  problem: "Row-level security is Postgres', and the run store is a file",
  fix: "Set AEGIS_DATABASE_URL to the server, or leave --row-level-security out."
})

/** All or nothing: a table without its policy would be open. */
const enable = (sql: Sql): Effect.Effect<void, StoreError> =>
  transaction(
    Effect.flatMap(
      Effect.promise(() => import("../runs/rowLevelSecurity.js")),
      ({ enableRowLevelSecurity }) =>
        Effect.forEach(enableRowLevelSecurity, (statement) => sql.unsafe(statement), { discard: true })
    )
  ).pipe(
    Effect.provideService(SqlClient.SqlClient, sql),
    Effect.mapError(toStoreError("enable row-level security"))
  )

export const schemasLive = (sources: Sources): Layer.Layer<Schemas, ConfigInvalid> =>
  Layer.effect(
    Schemas,
    Effect.suspend(() => Effect.map(loadConfig(sources), (config) => make(config, sources.env)))
  )
