/** The run store, for real, and nothing else: what saves and finds checkpoints. The cache is not part of it, and not opened. */
import * as Layer from "effect/Layer"
import type { AegisLiveError } from "./CacheLive.js"
import * as ConfigFile from "./ConfigFile.js"
import * as RunDatabase from "./RunDatabase.js"
import { layerRuns, type RunStores } from "./RunStores.js"

/** For a folder, an environment and flags. */
export const layerWith = (sources: ConfigFile.Sources): Layer.Layer<RunStores, AegisLiveError> =>
  layerRuns(RunDatabase.layerStorage).pipe(
    Layer.provide(RunDatabase.layer),
    Layer.provide(Layer.setConfigProvider(RunDatabase.variablesOf(sources.env))),
    Layer.provide(ConfigFile.layer(sources))
  )
