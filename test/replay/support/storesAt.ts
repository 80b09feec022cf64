/** The stores of runs over a database. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as RunDatabase from "../../../layers/RunDatabase.js"
import * as SyntaxTreesOxc from "../../../layers/replay/SyntaxTreesOxc.js"
import { layerRuns, type RunStores } from "../../../layers/RunStores.js"
import { RunStorage } from "../../../src/services/RunStorage.js"
import type { SyntaxTrees } from "../../../src/services/SyntaxTrees.js"

/** What a recorder stands on. */
export type Stores = RunStores | SyntaxTrees

/** Over a file, or the address of a Postgres. */
export const storesAt = (place: string): Layer.Layer<Stores> =>
  layerRuns(
    Layer.scoped(
      RunStorage,
      Effect.flatMap(RunDatabase.open(Redacted.make(place)), ({ storage }) => storage("default"))
    )
  ).pipe(Layer.provide(Reactivity.layer), Layer.merge(SyntaxTreesOxc.layer), Layer.orDie)
