/**
 * The scaffolds of checkpoints, looked up in the cache of the project if there is one. A cache is not made for it, and one
 * that is broken keeps no run from being saved.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs"
import type { Scaffolds } from "../../src/cli/Scaffolds.js"
import { UsageError } from "../../src/cli/UsageError.js"
import { Hash } from "../../src/domain/Hash.js"
import { ScaffoldId } from "../../src/domain/Ids.js"
import { AegisConfig } from "../../src/services/AegisConfig.js"
import { scaffoldIdOf } from "../../src/services/resolved.js"
import { ScaffoldCache } from "../../src/services/ScaffoldCache.js"
import * as CacheDatabase from "../CacheDatabase.js"
import type { Sources } from "../ConfigFile.js"
import { toColumn, toHash } from "../scaffolds/digests.js"
import { upkeepLive } from "./upkeepLive.js"

const isKey = Schema.is(Hash)
const isId = Schema.is(ScaffoldId)

/** All keys of the namespace: an id is made of one of them, and leads back to none. */
const keys = Effect.gen(function* () {
  const { settings } = yield* AegisConfig
  const { sql } = yield* CacheDatabase.CacheDatabase
  const rows = yield* sql<{ readonly hash: Uint8Array }>`SELECT hash FROM entry
    WHERE namespace = ${toColumn(settings.namespace)}`
  return rows.map(({ hash }) => toHash(hash))
}).pipe(Effect.provide(CacheDatabase.layer))

export const make = (sources: Sources, config: AegisConfig["Type"]): Scaffolds["Type"] => {
  const { namespace } = config.settings
  const filename = CacheDatabase.fileOf(config)

  const blocksOf = (
    id: ScaffoldId,
    given: Hash | undefined
  ): Effect.Effect<Option.Option<ReadonlyArray<Hash>>> =>
    Effect.gen(function* () {
      if (!Fs.existsSync(filename)) return Option.none()
      const key = given ?? (yield* keys).find((each) => scaffoldIdOf(each) === id)
      if (key === undefined) return Option.none()
      const found = yield* Effect.flatMap(ScaffoldCache, (cache) => cache.lookup(key, { namespace })).pipe(
        Effect.provide(upkeepLive(sources))
      )
      return Option.map(found, ({ originalScaffold }) => originalScaffold.blocks.map(({ hash }) => hash))
    }).pipe(
      Effect.provideService(AegisConfig, config),
      Effect.catchAllCause(() => Effect.succeedNone),
      Effect.tap((blocks) =>
        Option.isNone(blocks)
          ? Effect.logWarning(`The cache does not have scaffold ${id}: its blocks are not recorded.`)
          : Effect.void
      )
    )

  return {
    find: (idOrKey) => {
      const word = idOrKey.toLowerCase()
      const key = isKey(word) ? word : undefined
      const id = key === undefined ? (isId(word) ? word : undefined) : scaffoldIdOf(key)
      return id === undefined
        ? new UsageError({
            problem: "--scaffold is neither an id nor a key",
            fix: "`aegis cache resolve FILE` shows the key, with --json the id too."
          })
        : Effect.map(blocksOf(id, key), (blocks) => ({ id, blocks }))
    }
  }
}
