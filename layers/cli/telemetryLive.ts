/** What the commands about the ledger stand on: a ledger that knows the project's prompts, and what draws the charts of a page. */
import * as Layer from "effect/Layer"
import type { TelemetryServices } from "../../src/cli/commandLine.js"
import * as Telemetry from "../../src/services/Telemetry.js"
import * as CacheDatabase from "../CacheDatabase.js"
import { type AegisLiveError, layerWith } from "../CacheLive.js"
import type { Sources } from "../ConfigFile.js"
import * as LedgerStorageSqlite from "../LedgerStorageSqlite.js"
import * as ScaffoldStorageSqlite from "../ScaffoldStorageSqlite.js"
import * as ChartsNode from "./ChartsNode.js"
import * as PromptSourcesProject from "./PromptSourcesProject.js"

export const telemetryLive = (sources: Sources): Layer.Layer<TelemetryServices, AegisLiveError> =>
  // the cache has a ledger of its own, which knows no sources: they are found with the cache
  Layer.merge(Layer.fresh(Telemetry.layer), ChartsNode.layer).pipe(
    Layer.provide(
      Layer.mergeAll(LedgerStorageSqlite.layer, ScaffoldStorageSqlite.layer, PromptSourcesProject.layer)
    ),
    Layer.provide(CacheDatabase.layer),
    Layer.provideMerge(layerWith(sources))
  )
