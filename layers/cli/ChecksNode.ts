/** The checks of `aegis doctor` on this machine. Each looks by itself: one that fails leaves the others to be read. */
import * as Reactivity from "@effect/experimental/Reactivity"
import { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Fs from "node:fs"
import { cacheMigrations } from "../../migrations/cache/index.js"
import { runMigrations } from "../../migrations/runs/index.js"
import type { Check } from "../../src/cli/Checks.js"
import { Checks } from "../../src/cli/Checks.js"
import { nearest } from "../../src/domain/nearest.js"
import { version } from "../../src/domain/version.js"
import { bytes } from "../../src/cli/views/format.js"
import { AegisConfig, settingNames, variableOf } from "../../src/services/AegisConfig.js"
import type { Health, ProviderAdapter } from "../../src/services/ProviderAdapter.js"
import { Providers } from "../../src/services/ProviderAdapter.js"
import type { StoreError } from "../../src/domain/StoreErrors.js"
import * as CacheDatabase from "../CacheDatabase.js"
import { overrides } from "../prices/overrides.js"
import { genaiVersion } from "../prices/genai.js"
import * as RunDatabase from "../RunDatabase.js"
import { open, openError } from "../storage/driver.js"
import * as Migrations from "../storage/Migrations.js"

type Environment = Readonly<Record<string, string | undefined>>

const wantedNode = [20, 12] as const

/** Whether this Node is one that Aegis is made for. `running` is as in `process.versions.node`. */
export const nodeCheck = (running: string): Check => {
  const [major = 0, minor = 0] = running.split(".").map(Number)
  const enough = major > wantedNode[0] || (major === wantedNode[0] && minor >= wantedNode[1])
  return {
    name: "node",
    status: enough ? "ok" : "fault",
    detail: enough ? running : `${running}: install Node.js ${wantedNode.join(".")} or newer`
  }
}

const nativeCheck = open({ filename: ":memory:" }).pipe(
  Effect.map((database): string => String(database.prepare("SELECT sqlite_version()").pluck().get())),
  Effect.scoped,
  Effect.match({
    onSuccess: (found): Check => ({ name: "sqlite", status: "ok", detail: `${found}, native module loaded` }),
    onFailure: (error): Check => ({ name: "sqlite", status: "fault", detail: error.message })
  })
)

/** Who can read a file, and whether there is one. */
type Looked =
  | { readonly _tag: "There"; readonly bytes: number; readonly permissions: Check }
  | { readonly _tag: "Not"; readonly check: Check }

/** `name` is that of the check, `makes` what makes the file. */
const lookAt = (file: string, name: string, makes: string): Looked => {
  // a file in the place of the folder is no missing entry to Node, nor is a folder that may not be entered
  const looked = Either.try({
    try: () => Fs.statSync(file, { throwIfNoEntry: false }),
    catch: openError(file)
  })
  if (Either.isLeft(looked)) {
    return { _tag: "Not", check: { name, status: "fault", detail: looked.left.message } }
  }
  const stat = looked.right
  if (stat === undefined) {
    return {
      _tag: "Not",
      check: { name, status: "note", detail: `${file} is not there yet; ${makes} makes it` }
    }
  }
  return {
    _tag: "There",
    bytes: stat.size,
    permissions: {
      name: "permissions",
      ...((stat.mode & 0o077) === 0 || process.platform === "win32"
        ? { status: "ok", detail: `only you can read the ${name}` }
        : { status: "fault", detail: `others can reach the ${name}: run \`chmod 600 ${file}\`` })
    }
  }
}

const quickCheck = (sql: SqlClient): Effect.Effect<string, SqlError> =>
  Effect.map(
    sql<{ readonly quick_check: string }>`PRAGMA quick_check(1)`,
    ([found]) => found?.quick_check ?? "no answer"
  )

/** Whether the cache's file is private, whole and of this version's schema. A cache that is not there is not made. */
const cacheChecks: Effect.Effect<ReadonlyArray<Check>, never, AegisConfig> = Effect.gen(function* () {
  const file = CacheDatabase.fileOf(yield* AegisConfig)
  const looked = lookAt(file, "cache", "resolving a prompt")
  if (looked._tag === "Not") return [looked.check]
  const inside = Effect.flatMap(CacheDatabase.CacheDatabase, ({ sql }) => quickCheck(sql)).pipe(
    Effect.provide(CacheDatabase.layer),
    Effect.match({
      onFailure: (error): Check => ({ name: "cache", status: "fault", detail: error.message }),
      onSuccess: (verdict): Check =>
        verdict === "ok"
          ? {
              name: "cache",
              status: "ok",
              detail: `${file}, ${bytes(looked.bytes)}, schema version ${cacheMigrations.migrations.length}, intact`
            }
          : {
              name: "cache",
              status: "fault",
              detail: `${file} is damaged: run \`aegis cache verify\`, or delete it, it will be rebuilt`
            }
    })
  )
  return [yield* inside, looked.permissions]
})

/** What the run store says of its schema. Nothing is applied to it: that is for \`aegis migrate up\`. */
const schemaCheck = (
  { dialect, location, sql }: RunDatabase.RunDatabase["Type"],
  size: string
): Effect.Effect<Check, SqlError | StoreError> =>
  Effect.gen(function* () {
    const { missing, newer } = yield* Effect.provideService(Migrations.status(runMigrations), SqlClient, sql)
    const fault = (detail: string): Check => ({ name: "runs", status: "fault", detail })
    if (newer.length > 0) return fault(`${location} is of a newer Aegis: install that version`)
    if (dialect === "sqlite" && (yield* quickCheck(sql)) !== "ok") {
      return fault(`${location} is damaged: run \`aegis checkpoint verify\`, and restore it from a backup`)
    }
    const version = `schema version ${runMigrations.migrations.length - missing.length}`
    return missing.length > 0
      ? {
          name: "runs",
          status: "note",
          detail: `${location}, ${version}: \`aegis migrate up\` brings it up to date`
        }
      : {
          name: "runs",
          status: "ok",
          detail: `${location}${size}, ${version}, ${dialect === "sqlite" ? "intact" : "reachable"}`
        }
  })

/** The run store in its file, or on its server: whether it can be reached, and is of this version's schema. */
const runChecks: Effect.Effect<ReadonlyArray<Check>, never, AegisConfig> = Effect.gen(function* () {
  const file = RunDatabase.fileOf(yield* AegisConfig)
  const onServer = Option.isSome(yield* RunDatabase.databaseUrl)
  const looked = onServer ? undefined : lookAt(file, "runs", "saving a checkpoint")
  if (looked?._tag === "Not") return [looked.check]
  const inside = yield* RunDatabase.openConfigured({ migrate: false, maxConnections: 1 }).pipe(
    Effect.flatMap((opened) => schemaCheck(opened, looked === undefined ? "" : `, ${bytes(looked.bytes)}`)),
    Effect.scoped,
    Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make),
    Effect.catchAll((error) =>
      Effect.succeed<Check>({ name: "runs", status: "fault", detail: error.message })
    )
  )
  return looked === undefined ? [inside] : [inside, looked.permissions]
})

/** A provider that nobody asked for may be absent; the configured one may not. */
export const providerCheck = (name: string, health: Health, wanted: boolean): Check => ({
  name,
  status: health.status === "ok" ? "ok" : wanted || health.status === "unauthorized" ? "fault" : "note",
  detail: health.status === "ok" ? health.detail : `${health.status}: ${health.detail}`
})

const providerChecks: Effect.Effect<ReadonlyArray<Check>, never, AegisConfig | Providers> = Effect.gen(
  function* () {
    const { settings } = yield* AegisConfig
    const adapters = yield* (yield* Providers).all
    return yield* Effect.forEach(
      adapters,
      (adapter: ProviderAdapter) =>
        Effect.map(adapter.health, (health) =>
          providerCheck(adapter.name, health, settings.provider === adapter.name)
        ),
      { concurrency: "unbounded" }
    )
  }
)

/** Variables that look like a setting misspelt: nothing reads them, and nothing says so. */
export const variableChecks = (env: Environment): ReadonlyArray<Check> => {
  const known = [...settingNames.map(variableOf), "AEGIS_DATABASE_URL"]
  return Object.keys(env)
    .filter((name) => name.startsWith("AEGIS_") && !known.includes(name))
    .flatMap((name) => {
      const meant = nearest(name, known)
      return meant === undefined
        ? []
        : [
            {
              name: "environment",
              status: "note" as const,
              detail: `${name} is not read; did you mean ${meant}?`
            }
          ]
    })
}

export const layer = (env: Environment): Layer.Layer<Checks, never, AegisConfig | Providers> =>
  Layer.effect(
    Checks,
    Effect.map(Effect.context<AegisConfig | Providers>(), (context) => ({
      all: Effect.gen(function* () {
        const prices: Check = {
          name: "prices",
          status: "ok",
          detail: `genai-prices ${genaiVersion}, Aegis' own list of ${overrides.asOf}`
        }
        return [
          { name: "aegis", status: "ok" as const, detail: version },
          nodeCheck(process.versions.node),
          yield* nativeCheck,
          ...(yield* cacheChecks),
          ...(yield* Effect.withConfigProvider(runChecks, RunDatabase.variablesOf(env))),
          prices,
          ...(yield* providerChecks),
          ...variableChecks(env)
        ]
      }).pipe(Effect.provide(context))
    }))
  )
