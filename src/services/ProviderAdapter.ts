/**
 * The providers. An adapter owns everything that is peculiar to one: its request format, its token counting, its cache
 * rules, its wire. It does not own prices (PriceList), remembering (ScaffoldCache) or retrying another (fallbacks).
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { ExecutionEvent, ExecutionOptions, ExecutionResult } from "../domain/Execution.js"
import type { TokenCount } from "../domain/Measures.js"
import type { UnsupportedParameter } from "../domain/PromptErrors.js"
import type { PromptScaffold } from "../domain/PromptScaffold.js"
import type { Provider } from "../domain/Provider.js"
import { ProviderNotFound, type ProviderError } from "../domain/ProviderErrors.js"
import type {
  CachePlan,
  CostReport,
  ResolvedScaffold,
  TokenReport,
  Warning
} from "../domain/ResolvedScaffold.js"
import type { Usage } from "../domain/Usage.js"

/**
 * A request body in canonical JSON, with the blocks' texts left out: a string is literal JSON, a number the index of
 * the block whose JSON-escaped content stands there. Joining the two gives the exact body.
 */
export type Segments = ReadonlyArray<string | number>

/** A scaffold made ready for its provider: everything of a ResolvedScaffold that does not depend on the cache. */
export interface Rendering {
  readonly format: string
  readonly segments: Segments
  readonly tokenCount: TokenCount
  readonly tokens: TokenReport
  readonly cost: CostReport
  readonly cachePlan: CachePlan
  readonly warnings: ReadonlyArray<Warning>
}

/** What `health` found. `detail` is for people: version, models served, flags that are missing. */
export interface Health {
  readonly status: "ok" | "unconfigured" | "unreachable" | "unauthorized"
  readonly detail: string
}

export interface ProviderAdapter {
  readonly name: Provider
  /** Models the adapter knows by name; others are passed through. */
  readonly models: ReadonlyArray<string>
  /** API and version of the request body, e.g. `anthropic.messages/2026-10-21`. */
  readonly format: string
  /** Counts up whenever the same scaffold would be rendered differently: it is part of the scaffold key. */
  readonly version: number
  readonly resolveScaffold: (
    scaffold: PromptScaffold,
    options: { readonly namespace: string; readonly strict: boolean }
  ) => Effect.Effect<Rendering, UnsupportedParameter>
  readonly estimateTokens: (content: string, model: string) => Effect.Effect<TokenReport>
  readonly estimateCost: (usage: Usage, model: string) => Effect.Effect<CostReport>
  /**
   * Whether all that it sends goes through `Fetch.current` of the fiber that asks. Only such an adapter is asked for an answer that is kept
   * where a budget has no room: another one would send.
   */
  readonly byFetch?: boolean
  readonly execute: (
    resolved: ResolvedScaffold,
    options?: ExecutionOptions
  ) => Effect.Effect<ExecutionResult, ProviderError>
  readonly stream: (
    resolved: ResolvedScaffold,
    options?: ExecutionOptions
  ) => Stream.Stream<ExecutionEvent, ProviderError>
  /** The exact count by the provider itself, where it offers one. */
  readonly countTokens: Option.Option<
    (resolved: ResolvedScaffold) => Effect.Effect<TokenCount, ProviderError>
  >
  readonly health: Effect.Effect<Health>
}

/** The adapters by name. A provider of one's own is added from outside with `layerAdapter`. */
export class Providers extends Context.Tag("aegis/Providers")<
  Providers,
  {
    readonly get: (name: string) => Effect.Effect<ProviderAdapter, ProviderNotFound>
    /** The same, at once; undefined where there is none. */
    readonly unsafeGet: (name: string) => ProviderAdapter | undefined
    readonly names: () => ReadonlyArray<string>
    readonly all: Effect.Effect<ReadonlyArray<ProviderAdapter>>
    /** Adds an adapter until the scope closes; one of the same name is replaced. */
    readonly register: (adapter: ProviderAdapter) => Effect.Effect<void, never, Scope.Scope>
  }
>() {}

/** A registry that starts with these adapters. */
export const make = (initial: ReadonlyArray<ProviderAdapter>): Providers["Type"] => {
  const adapters = new Map<string, ProviderAdapter>(initial.map((adapter) => [adapter.name, adapter]))
  return {
    get: (name) => {
      const adapter = adapters.get(name)
      return adapter === undefined
        ? Effect.fail(new ProviderNotFound({ provider: name, known: [...adapters.keys()] }))
        : Effect.succeed(adapter)
    },
    unsafeGet: (name) => adapters.get(name),
    names: () => [...adapters.keys()],
    all: Effect.sync(() => [...adapters.values()]),
    register: (adapter) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const replaced = adapters.get(adapter.name)
          adapters.set(adapter.name, adapter)
          return replaced
        }),
        (replaced) =>
          Effect.sync(() =>
            replaced === undefined ? adapters.delete(adapter.name) : adapters.set(adapter.name, replaced)
          )
      ).pipe(Effect.asVoid)
  }
}

/**
 * Adds one adapter to the registry it is given.
 *
 * @example const Mine = Providers.layerAdapter(makeMyAdapter).pipe(Layer.provideMerge(AegisLive))
 */
export const layerAdapter = <E, R>(
  adapter: Effect.Effect<ProviderAdapter, E, R>
): Layer.Layer<never, E, Exclude<R, Scope.Scope> | Providers> =>
  Layer.scopedDiscard(
    Effect.flatMap(adapter, (made) => Effect.flatMap(Providers, (providers) => providers.register(made)))
  )
