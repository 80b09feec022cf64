/** What the commands about the ledger stand on: a ledger that knows the project's prompts, and what draws the charts of a page. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TelemetryServices } from "../../src/cli/commandLine.js"
import * as ScaffoldCache from "../../src/services/ScaffoldCache.js"
import * as Telemetry from "../../src/services/Telemetry.js"
import * as CacheDatabase from "../CacheDatabase.js"
import { type AegisLiveError, layerWith } from "../CacheLive.js"
import type { Sources } from "../ConfigFile.js"
import * as PromptGateLive from "../enforce/PromptGateLive.js"
import * as LedgerStorageSqlite from "../LedgerStorageSqlite.js"
import * as ScaffoldStorageSqlite from "../ScaffoldStorageSqlite.js"
import * as ChartsNode from "./ChartsNode.js"
import * as PromptSourcesProject from "./PromptSourcesProject.js"

/** A ledger that is not written: who reads it would otherwise be in it. */
const unrecorded = Layer.effect(
  Telemetry.Telemetry,
  Effect.map(Telemetry.Telemetry, (telemetry) => ({ ...telemetry, unsafeRecord: () => {} }))
)

/** Prompts are resolved to learn what is in them, which is no lookup of the user's. */
const prompts = PromptSourcesProject.layer.pipe(
  Layer.provide(Layer.fresh(ScaffoldCache.layer)),
  Layer.provide(Layer.mergeAll(unrecorded, PromptGateLive.layer, ScaffoldStorageSqlite.layer))
)

export const telemetryLive = (sources: Sources): Layer.Layer<TelemetryServices, AegisLiveError> =>
  // the cache has a ledger of its own, which knows no sources: they are found with the cache
  Layer.merge(Layer.fresh(Telemetry.layer), ChartsNode.layer).pipe(
    Layer.provide(Layer.mergeAll(LedgerStorageSqlite.layer, ScaffoldStorageSqlite.layer, prompts)),
    Layer.provide(CacheDatabase.layer),
    Layer.provideMerge(layerWith(sources))
  )
