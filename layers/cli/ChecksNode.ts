/** The checks of `aegis doctor` on this machine. Each looks by itself: one that fails leaves the others to be read. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { cacheMigrations } from "../../migrations/cache/index.js"
import type { Check } from "../../src/cli/Checks.js"
import { Checks } from "../../src/cli/Checks.js"
import { nearest } from "../../src/domain/nearest.js"
import { version } from "../../src/cli/version.js"
import { bytes } from "../../src/cli/views/format.js"
import { AegisConfig, settingNames, variableOf } from "../../src/services/AegisConfig.js"
import type { Health, ProviderAdapter } from "../../src/services/ProviderAdapter.js"
import { Providers } from "../../src/services/ProviderAdapter.js"
import * as CacheDatabase from "../CacheDatabase.js"
import { overrides } from "../prices/overrides.js"
import { genaiVersion } from "../prices/genai.js"
import { open, openError } from "../storage/driver.js"

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

/** Who can read the file, and whether it is whole and of this version's schema. A cache that is not there is not made. */
const cacheChecks: Effect.Effect<ReadonlyArray<Check>, never, AegisConfig> = Effect.gen(function* () {
  const config = yield* AegisConfig
  const folder = Path.resolve(config.root, config.settings.cacheDir)
  const file = Path.join(folder, "cache.db")
  // a file in the place of the folder is no missing entry to Node, nor is a folder that may not be entered
  const looked = Either.try({
    try: () => Fs.statSync(file, { throwIfNoEntry: false }),
    catch: openError(file)
  })
  if (Either.isLeft(looked)) return [{ name: "cache", status: "fault", detail: looked.left.message }]
  const stat = looked.right
  if (stat === undefined) {
    return [
      { name: "cache", status: "note", detail: `${file} is not there yet; resolving a prompt makes it` }
    ]
  }
  const permissions: Check = {
    name: "permissions",
    ...((stat.mode & 0o077) === 0 || process.platform === "win32"
      ? { status: "ok", detail: "only you can read the cache" }
      : { status: "fault", detail: `others can reach the cache: run \`chmod 600 ${file}\`` })
  }
  const inside = Effect.gen(function* () {
    const { sql } = yield* CacheDatabase.CacheDatabase
    const found = yield* sql<{ readonly quick_check: string }>`PRAGMA quick_check(1)`
    return found[0]?.quick_check ?? "no answer"
  }).pipe(
    Effect.provide(CacheDatabase.layer),
    Effect.either,
    Effect.map(
      Either.match({
        onLeft: (error): Check => ({ name: "cache", status: "fault", detail: error.message }),
        onRight: (verdict): Check =>
          verdict === "ok"
            ? {
                name: "cache",
                status: "ok",
                detail: `${file}, ${bytes(stat.size)}, schema version ${cacheMigrations.migrations.length}, intact`
              }
            : {
                name: "cache",
                status: "fault",
                detail: `${file} is damaged: run \`aegis cache verify\`, or delete it, it will be rebuilt`
              }
      })
    )
  )
  return [yield* inside, permissions]
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
  const known = settingNames.map(variableOf)
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
          prices,
          ...(yield* providerChecks),
          ...variableChecks(env)
        ]
      }).pipe(Effect.provide(context))
    }))
  )
