/**
 * What the upkeep of the cache runs on: its database, and nothing that makes, prices or counts a prompt. That takes as long
 * to load as all the rest. It is put together by hand, one after the other: a layer that merges others builds them in
 * fibers of their own, and to end those takes longer than to open the database.
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AegisConfig } from "../../src/services/AegisConfig.js"
import { PriceList } from "../../src/services/PriceList.js"
import { PromptGate } from "../../src/services/PromptGate.js"
import { PromptLoader } from "../../src/services/PromptLoader.js"
import { make as makeRegistry, Providers } from "../../src/services/ProviderAdapter.js"
import * as ScaffoldCache from "../../src/services/ScaffoldCache.js"
import { ScaffoldStorage } from "../../src/services/ScaffoldStorage.js"
import * as Telemetry from "../../src/services/Telemetry.js"
import type { AegisLiveError } from "../CacheLive.js"
import * as CacheDatabase from "../CacheDatabase.js"
import { loadConfig, type Sources } from "../ConfigFile.js"
import * as ScaffoldStorageSqlite from "../ScaffoldStorageSqlite.js"

const unasked = Effect.dieMessage("the upkeep of a cache resolves nothing")

/** No provider, no file, no price: nobody who keeps a cache up asks for one, and no lookup is recorded. */
const nothingToResolve = (): Context.Context<
  Providers | PromptGate | PromptLoader | PriceList | Telemetry.Telemetry
> =>
  Context.make(Providers, makeRegistry([])).pipe(
    Context.add(PromptLoader, { load: () => unasked }),
    Context.add(PromptGate, { admit: () => unasked }),
    Context.add(PriceList, { version: "none", price: () => unasked, pricing: () => unasked }),
    Context.add(Telemetry.Telemetry, Telemetry.makeMemory())
  )

export const upkeepLive = (
  sources: Sources
): Layer.Layer<AegisConfig | ScaffoldCache.ScaffoldCache, AegisLiveError> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const config = Context.make(AegisConfig, yield* loadConfig(sources))
      const database = yield* CacheDatabase.open.pipe(
        Effect.provide(config),
        Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make)
      )
      const storage = yield* Effect.provideService(
        ScaffoldStorageSqlite.make,
        CacheDatabase.CacheDatabase,
        database
      )
      const cache = yield* Effect.provide(
        ScaffoldCache.make,
        nothingToResolve().pipe(Context.merge(config), Context.add(ScaffoldStorage, storage))
      )
      return Context.add(config, ScaffoldCache.ScaffoldCache, cache)
    })
  )
