/** The cache and the providers, for real: what resolves and sends prompts. The run store is not part of it, and not opened. */
import * as Layer from "effect/Layer"
import type { MigrationFailed, SchemaTooNew, StoreError, StoreOpenError } from "../src/domain/StoreErrors.js"
import type { AegisConfig, ConfigInvalid } from "../src/services/AegisConfig.js"
import * as Budgets from "../src/services/Budgets.js"
import * as Executor from "../src/services/Executor.js"
import { layerMetered } from "../src/services/Meter.js"
import type { PriceList } from "../src/services/PriceList.js"
import type { PromptLoader } from "../src/services/PromptLoader.js"
import type { Providers } from "../src/services/ProviderAdapter.js"
import * as ScaffoldCache from "../src/services/ScaffoldCache.js"
import type { ResponseStore } from "../src/services/ResponseStore.js"
import * as Telemetry from "../src/services/Telemetry.js"
import type { TokenCounter } from "../src/services/TokenCounter.js"
import type { VerdictMemo } from "../src/services/VerdictMemo.js"
import * as BudgetStorageSqlite from "./BudgetStorageSqlite.js"
import * as CacheDatabase from "./CacheDatabase.js"
import * as ConfigFile from "./ConfigFile.js"
import * as keptVerdicts from "./enforce/keptVerdicts.js"
import * as PromptGateLive from "./enforce/PromptGateLive.js"
import * as LedgerStorageSqlite from "./LedgerStorageSqlite.js"
import * as PriceListGenai from "./PriceListGenai.js"
import * as PromptLoaderFs from "./PromptLoaderFs.js"
import * as ProvidersLive from "./providers/index.js"
import * as ResponseStoreSqlite from "./ResponseStoreSqlite.js"
import * as ScaffoldStorageSqlite from "./ScaffoldStorageSqlite.js"
import * as TokenCounterGpt from "./TokenCounterGpt.js"
import * as TokenMemoSqlite from "./TokenMemoSqlite.js"

/** The services that resolve and send prompts. */
export type CacheServices =
  | AegisConfig
  | Budgets.Budgets
  | Executor.Executor
  | PriceList
  | PromptLoader
  | Providers
  | ResponseStore
  | ScaffoldCache.ScaffoldCache
  | Telemetry.Telemetry
  | TokenCounter
  | VerdictMemo

export type AegisLiveError = ConfigInvalid | MigrationFailed | SchemaTooNew | StoreError | StoreOpenError

export const layerFor = <E>(
  config: Layer.Layer<AegisConfig, E>
): Layer.Layer<CacheServices, E | Exclude<AegisLiveError, ConfigInvalid> | ConfigInvalid> =>
  Executor.layer.pipe(
    Layer.provideMerge(Budgets.layer),
    Layer.provide(BudgetStorageSqlite.layer),
    Layer.provideMerge(ScaffoldCache.layer),
    Layer.provide(PromptGateLive.layer),
    Layer.provide(ScaffoldStorageSqlite.layer),
    Layer.provideMerge(ProvidersLive.layer),
    Layer.provideMerge(Layer.mergeAll(PriceListGenai.layer, PromptLoaderFs.layer, TokenCounterGpt.layer)),
    Layer.provide(TokenMemoSqlite.layer),
    Layer.provideMerge(keptVerdicts.layer),
    Layer.provideMerge(
      Layer.merge(
        layerMetered(
          // what it recommends is priced, and told from the texts of blocks
          Layer.provide(
            Telemetry.layer,
            Layer.mergeAll(
              LedgerStorageSqlite.layer,
              PriceListGenai.layer,
              ScaffoldStorageSqlite.layer,
              Layer.provide(TokenCounterGpt.layer, TokenMemoSqlite.layer)
            )
          )
        ),
        ResponseStoreSqlite.layer
      )
    ),
    Layer.provide(CacheDatabase.layer),
    Layer.provideMerge(config)
  )

/** For a folder, an environment and flags. */
export const layerWith = (sources: ConfigFile.Sources): Layer.Layer<CacheServices, AegisLiveError> =>
  layerFor(ConfigFile.layer(sources))
