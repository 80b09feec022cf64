/** The stores of runs over each database, for tests that record. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as RunDatabase from "../../../layers/RunDatabase.js"
import { layerRuns, type RunStores } from "../../../layers/RunStores.js"
import { RunStorage } from "../../../src/services/RunStorage.js"
import { layerMemory } from "../../../src/services/runStorageMemory.js"
import { pgUrl, tempDatabase } from "../../support/postgres.js"
import { tempFile } from "../../support/tempDir.js"

/** Over a file, or the address of a Postgres. */
export const storesAt = (place: string): Layer.Layer<RunStores> =>
  layerRuns(
    Layer.scoped(
      RunStorage,
      Effect.flatMap(RunDatabase.open(Redacted.make(place)), ({ storage }) => storage("default"))
    )
  ).pipe(Layer.provide(Reactivity.layer), Layer.orDie)

export const storesInMemory: Layer.Layer<RunStores> = layerRuns(layerMemory("default"))

/** Each new and empty. */
export const allStores: ReadonlyArray<readonly [name: string, layer: Layer.Layer<RunStores>]> = [
  ["in memory", storesInMemory],
  ["on SQLite", Layer.unwrapScoped(Effect.map(tempFile("store.db"), storesAt))],
  ...(pgUrl === undefined
    ? []
    : [["on Postgres", Layer.unwrapScoped(Effect.map(tempDatabase, storesAt))] as const])
]
