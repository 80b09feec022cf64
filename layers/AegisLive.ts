/** Everything, for real: what a program provides. */
import * as Layer from "effect/Layer"
import type { AegisConfig, ConfigInvalid } from "../src/services/AegisConfig.js"
import type { Enforcer } from "../src/services/Enforcer.js"
import type { SyntaxTrees } from "../src/services/SyntaxTrees.js"
import type { AegisLiveError, CacheServices } from "./CacheLive.js"
import * as CacheLive from "./CacheLive.js"
import type * as ConfigFile from "./ConfigFile.js"
import * as EnforcerLive from "./enforce/EnforcerLive.js"
import * as RunDatabase from "./RunDatabase.js"
import * as SyntaxTreesOxc from "./replay/SyntaxTreesOxc.js"
import { layerRuns, type RunStores } from "./RunStores.js"

export type { AegisLiveError } from "./CacheLive.js"

/** The services that a program gets. */
export type Aegis = CacheServices | Enforcer | RunStores | SyntaxTrees

/** Aegis for a configuration of one's own. */
export const layerFor = <E>(
  config: Layer.Layer<AegisConfig, E>
): Layer.Layer<Aegis, E | Exclude<AegisLiveError, ConfigInvalid> | ConfigInvalid> =>
  layerRuns(RunDatabase.layerStorage).pipe(
    Layer.provide(RunDatabase.layer),
    Layer.merge(EnforcerLive.layer),
    Layer.merge(SyntaxTreesOxc.layer),
    Layer.provideMerge(CacheLive.layerFor(config))
  )

/** Aegis for a folder, an environment and flags. */
export const layerWith = (sources: ConfigFile.Sources): Layer.Layer<Aegis, AegisLiveError> =>
  layerRuns(RunDatabase.layerStorage).pipe(
    Layer.provide(RunDatabase.layer),
    Layer.provide(Layer.setConfigProvider(RunDatabase.variablesOf(sources.env))),
    Layer.merge(EnforcerLive.layer),
    Layer.merge(SyntaxTreesOxc.layer),
    Layer.provideMerge(CacheLive.layerWith(sources))
  )

/**
 * Aegis for the project of the current folder: aegis.config.json, `AEGIS_*`, a cache and a run store under `.aegis/`. With
 * `AEGIS_DATABASE_URL` the run store is on that server.
 */
export const AegisLive: Layer.Layer<Aegis, AegisLiveError> = Layer.suspend(() =>
  layerWith({ cwd: process.cwd(), env: process.env, flags: {} })
)
