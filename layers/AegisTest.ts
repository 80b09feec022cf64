/**
 * The deterministic twin of `AegisLive`: storage in memory, a clock that stands still until it is told to go on, no
 * network, no files but those given. The same program gives the same ids, times and keys in every run.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestContext from "effect/TestContext"
import type { ConfigInvalid, Settings } from "../src/services/AegisConfig.js"
import * as AegisConfig from "../src/services/AegisConfig.js"
import * as Budgets from "../src/services/Budgets.js"
import * as BudgetStorage from "../src/services/BudgetStorage.js"
import * as PromptLoader from "../src/services/PromptLoader.js"
import * as ResponseStore from "../src/services/ResponseStore.js"
import * as ScaffoldCache from "../src/services/ScaffoldCache.js"
import { layerMemory as runStorageMemory } from "../src/services/runStorageMemory.js"
import { layerMemory as storageMemory } from "../src/services/scaffoldStorageMemory.js"
import * as Telemetry from "../src/services/Telemetry.js"
import * as TokenMemo from "../src/services/TokenMemo.js"
import type { Aegis } from "./AegisLive.js"
import * as EnforcerLive from "./enforce/EnforcerLive.js"
import * as PromptGateLive from "./enforce/PromptGateLive.js"
import * as PriceListGenai from "./PriceListGenai.js"
import { layerRuns } from "./RunStores.js"
import * as SyntaxTreesOxc from "./replay/SyntaxTreesOxc.js"
import * as ProvidersLive from "./providers/index.js"
import * as TokenCounterGpt from "./TokenCounterGpt.js"
import * as Executor from "../src/services/Executor.js"
import * as VerdictMemo from "../src/services/VerdictMemo.js"

/** Runs in memory, those of the configured namespace. */
const runs = layerRuns(
  Layer.unwrapEffect(
    Effect.map(AegisConfig.AegisConfig, ({ settings }) => runStorageMemory(settings.namespace))
  )
)

/** Aegis for tests. `files` are the texts that prompts include, by pattern. */
export const layerTest = (
  options: {
    readonly settings?: typeof Settings.Encoded
    readonly files?: Readonly<Record<string, string>>
  } = {}
): Layer.Layer<Aegis, ConfigInvalid> =>
  Layer.mergeAll(Executor.layer, EnforcerLive.layer, SyntaxTreesOxc.layer, runs).pipe(
    Layer.provideMerge(Budgets.layer),
    Layer.provide(BudgetStorage.layerMemory),
    Layer.provideMerge(ScaffoldCache.layer),
    Layer.provide(PromptGateLive.layer),
    Layer.provideMerge(VerdictMemo.layerMemory),
    Layer.provide(storageMemory),
    Layer.provideMerge(ProvidersLive.layer),
    Layer.provideMerge(
      Layer.mergeAll(
        PriceListGenai.layer,
        PromptLoader.layerMemory(options.files ?? {}),
        TokenCounterGpt.layer
      )
    ),
    Layer.provide(TokenMemo.layerMemory),
    Layer.provideMerge(Layer.merge(Telemetry.layerMemory, ResponseStore.layerMemory)),
    Layer.provideMerge(AegisConfig.layer("/project", options.settings ?? {})),
    Layer.provideMerge(TestContext.TestContext)
  )

/** Aegis for tests, with default settings and no files. */
export const AegisTest: Layer.Layer<Aegis, ConfigInvalid> = layerTest()
