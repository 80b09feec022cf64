/** The stores of runs over each database, for tests that record. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SyntaxTreesOxc from "../../../layers/replay/SyntaxTreesOxc.js"
import { layerRuns } from "../../../layers/RunStores.js"
import { layerMemory } from "../../../src/services/runStorageMemory.js"
import { pgUrl, tempDatabase } from "../../support/postgres.js"
import { tempFile } from "../../support/tempDir.js"
import { type Stores, storesAt } from "./storesAt.js"

export type { Stores }

export const storesInMemory: Layer.Layer<Stores> = Layer.merge(
  layerRuns(layerMemory("default")),
  SyntaxTreesOxc.layer
)

/** Each new and empty. */
export const allStores: ReadonlyArray<readonly [name: string, layer: Layer.Layer<Stores>]> = [
  ["in memory", storesInMemory],
  ["on SQLite", Layer.unwrapScoped(Effect.map(tempFile("store.db"), storesAt))],
  ...(pgUrl === undefined
    ? []
    : [["on Postgres", Layer.unwrapScoped(Effect.map(tempDatabase, storesAt))] as const])
]
