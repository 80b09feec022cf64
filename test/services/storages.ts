/** Every storage that a scaffold cache can stand on, each new and empty. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as CacheDatabase from "../../layers/CacheDatabase.js"
import * as ScaffoldStorageSqlite from "../../layers/ScaffoldStorageSqlite.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import type { ScaffoldStorage } from "../../src/services/ScaffoldStorage.js"
import { layerMemory } from "../../src/services/scaffoldStorageMemory.js"
import { tempDir } from "../support/tempDir.js"

/** The cache database of a project in `root`. */
export const databaseIn = (root: string): Layer.Layer<CacheDatabase.CacheDatabase> =>
  Layer.orDie(CacheDatabase.layer.pipe(Layer.provide(AegisConfig.layer(root))))

/** A cache database in a folder of its own. */
export const tempDatabase: Layer.Layer<CacheDatabase.CacheDatabase> = Layer.unwrapScoped(
  Effect.map(tempDir, databaseIn)
)

/** The storage of a project in `root`, with its database. */
export const sqliteIn = (root: string): Layer.Layer<ScaffoldStorage | CacheDatabase.CacheDatabase> =>
  Layer.orDie(ScaffoldStorageSqlite.layer).pipe(Layer.provideMerge(databaseIn(root)))

export const sqlite: Layer.Layer<ScaffoldStorage> = Layer.unwrapScoped(Effect.map(tempDir, sqliteIn))

export const storages: ReadonlyArray<readonly [name: string, layer: Layer.Layer<ScaffoldStorage>]> = [
  ["in memory", layerMemory],
  ["on SQLite", sqlite]
]
