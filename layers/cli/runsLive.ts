/**
 * What the commands that are about runs stand on: the run store, without what resolves a prompt. Put together by hand, as
 * in upkeepLive.
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { RunServices } from "../../src/cli/commandLine.js"
import { Scaffolds } from "../../src/cli/Scaffolds.js"
import { AegisConfig } from "../../src/services/AegisConfig.js"
import * as ArtifactStore from "../../src/services/ArtifactStore.js"
import * as CheckpointStore from "../../src/services/CheckpointStore.js"
import * as GraphNodeStore from "../../src/services/GraphNodeStore.js"
import * as RunLog from "../../src/services/RunLog.js"
import { RunStorage } from "../../src/services/RunStorage.js"
import { Telemetry } from "../../src/services/Telemetry.js"
import * as ToolTraceStore from "../../src/services/ToolTraceStore.js"
import type { AegisLiveError } from "../CacheLive.js"
import { loadConfig, type Sources } from "../ConfigFile.js"
import * as RunDatabase from "../RunDatabase.js"
import { projectLedger } from "./projectLedger.js"

/** Loaded when it is asked for: most commands name no scaffold. */
export const scaffoldsOf = (sources: Sources, config: AegisConfig["Type"]): Scaffolds["Type"] => ({
  find: (idOrKey) =>
    Effect.flatMap(
      Effect.promise(() => import("./ScaffoldsCache.js")),
      ({ make }) => make(sources, config).find(idOrKey)
    )
})

export const runsLive = (sources: Sources): Layer.Layer<RunServices | Telemetry, AegisLiveError> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const config = yield* loadConfig(sources)
      const { storage } = yield* RunDatabase.openConfigured().pipe(
        Effect.provideService(AegisConfig, config),
        Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make),
        Effect.withConfigProvider(RunDatabase.variablesOf(sources.env))
      )
      const store = yield* storage(config.settings.namespace)
      const log = yield* Effect.provideService(RunLog.make, RunStorage, store)
      const base = Context.make(RunStorage, store).pipe(Context.add(RunLog.RunLog, log))
      return base.pipe(
        Context.add(CheckpointStore.CheckpointStore, yield* Effect.provide(CheckpointStore.make, base)),
        Context.add(GraphNodeStore.GraphNodeStore, yield* Effect.provide(GraphNodeStore.make, base)),
        Context.add(ArtifactStore.ArtifactStore, yield* Effect.provide(ArtifactStore.make, base)),
        Context.add(ToolTraceStore.ToolTraceStore, yield* Effect.provide(ToolTraceStore.make, base)),
        Context.add(Scaffolds, scaffoldsOf(sources, config)),
        Context.add(AegisConfig, config),
        Context.add(Telemetry, yield* projectLedger(config))
      )
    })
  )
