/** A scaffold cache with real adapters, tokenizer and prices, over any storage, whose insides can be watched. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as PriceListGenai from "../../layers/PriceListGenai.js"
import * as ProvidersLive from "../../layers/providers/index.js"
import * as TokenCounterGpt from "../../layers/TokenCounterGpt.js"
import type { ResolveInput } from "../../src/domain/ResolveInput.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import { PriceList } from "../../src/services/PriceList.js"
import * as PromptGate from "../../src/services/PromptGate.js"
import { PromptLoader } from "../../src/services/PromptLoader.js"
import { make as makeRegistry, type ProviderAdapter, Providers } from "../../src/services/ProviderAdapter.js"
import { make as makeCache, type ScaffoldCache } from "../../src/services/ScaffoldCache.js"
import { ScaffoldStorage } from "../../src/services/ScaffoldStorage.js"
import { makeMemory, Telemetry, type TelemetryEvent } from "../../src/services/Telemetry.js"
import * as TokenMemo from "../../src/services/TokenMemo.js"

export interface Rig {
  readonly cache: ScaffoldCache["Type"]
  /** Another cache over the same storage, which remembers nothing: as another process has it. */
  readonly another: Effect.Effect<ScaffoldCache["Type"], never, Scope.Scope>
  readonly storage: ScaffoldStorage["Type"]
  readonly providers: Providers["Type"]
  /** How often an adapter was asked to render. */
  readonly renders: () => number
  /** The texts that prompts include, by pattern; others are made up. */
  readonly files: Map<string, string>
  readonly records: ReadonlyArray<TelemetryEvent>
}

export interface RigOptions {
  readonly settings?: typeof AegisConfig.Settings.Encoded
  readonly adapter?: (adapter: ProviderAdapter) => ProviderAdapter
  readonly storage?: (storage: ScaffoldStorage["Type"]) => ScaffoldStorage["Type"]
  /** Default: names of packs are taken as they are. */
  readonly gate?: Layer.Layer<PromptGate.PromptGate>
  /** Asked for each cache anew. */
  readonly prices?: (list: PriceList["Type"]) => PriceList["Type"]
}

export const makeRig = (
  storageLayer: Layer.Layer<ScaffoldStorage>,
  options: RigOptions = {}
): Effect.Effect<Rig, never, Scope.Scope> =>
  Effect.gen(function* () {
    let renders = 0
    const files = new Map<string, string>()
    const telemetry = makeMemory()
    const counted = (adapter: ProviderAdapter): ProviderAdapter => {
      const outer = options.adapter?.(adapter) ?? adapter
      return {
        ...outer,
        resolveScaffold: (scaffold, how) =>
          Effect.suspend(() => {
            renders++
            return outer.resolveScaffold(scaffold, how)
          })
      }
    }
    const parts = ProvidersLive.layer.pipe(
      Layer.provide(TokenCounterGpt.layer.pipe(Layer.provide(TokenMemo.layerMemory))),
      Layer.provideMerge(PriceListGenai.layer),
      Layer.provideMerge(AegisConfig.layer("/project", options.settings)),
      Layer.merge(storageLayer),
      Layer.orDie
    )
    const context = yield* Layer.build(parts)
    return yield* Effect.gen(function* () {
      const storage = yield* Effect.map(ScaffoldStorage, options.storage ?? ((same) => same))
      const providers = makeRegistry((yield* (yield* Providers).all).map(counted))
      const another = makeCache.pipe(
        Effect.provideService(ScaffoldStorage, storage),
        Effect.provideService(Providers, providers),
        Effect.provideService(Telemetry, telemetry),
        Effect.provideServiceEffect(PriceList, Effect.map(PriceList, options.prices ?? ((same) => same))),
        Effect.provideService(AegisConfig.AegisConfig, yield* AegisConfig.AegisConfig),
        Effect.provide(options.gate ?? PromptGate.layerOpen),
        Effect.provideService(PromptLoader, {
          load: ({ src }) => Effect.sync(() => files.get(src) ?? `the text of ${src}`)
        }),
        Effect.provide(context)
      )
      const cache = yield* another
      return {
        cache,
        another,
        storage,
        providers,
        files,
        records: telemetry.taken,
        renders: () => renders
      }
    }).pipe(Effect.provide(context))
  })

/** An input with the defaults filled in, not frozen. */
export const inputOf = (prompt: string, rest: Partial<ResolveInput> = {}): ResolveInput => ({
  prompt,
  provider: "openai",
  model: "gpt-4o",
  temperature: 0,
  rulepacks: [],
  layout: "stable-first",
  strict: false,
  ...rest
})

/** A prompt of several blocks. */
export const prompt = (change: { readonly guide?: string; readonly task?: string } = {}): string =>
  [
    "<requirements>",
    "Answer in one sentence. ".repeat(20),
    "</requirements>",
    "<style_guide>",
    change.guide ?? "Short words first.",
    "</style_guide>",
    '<context id="task">',
    change.task ?? "Explain the cache.",
    "</context>",
    ""
  ].join("\n")
