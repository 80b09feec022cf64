/**
 * The scaffold cache. Owns: which prompts were resolved before, what they were resolved to, and why one was not there.
 * Does not own: how a request is rendered, counted and priced (ProviderAdapter), or the files a prompt includes
 * (PromptLoader).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { CacheStats, PrunePolicy, PruneReport, VerifyReport } from "../domain/CacheReports.js"
import type { Hash } from "../domain/Hash.js"
import type { MissExplanation } from "../domain/Miss.js"
import type {
  CanonicalError,
  IncludeError,
  InvalidInput,
  PromptSyntaxError,
  PromptTooLarge,
  UnsupportedParameter
} from "../domain/PromptErrors.js"
import type { ProviderNotFound } from "../domain/ProviderErrors.js"
import type { ResolvedScaffold } from "../domain/ResolvedScaffold.js"
import type { ResolveInput } from "../domain/ResolveInput.js"
import type { SchemaTooNew, StoreError } from "../domain/StoreErrors.js"

/**
 * `namespace` is the tenant (default: the configured one). `bypass` leaves the cache out: nothing is read or written.
 * `file` names the prompt's source in errors.
 */
export interface ResolveOptions {
  readonly namespace?: string
  readonly bypass?: boolean
  readonly file?: string
}

/** What resolving can fail with. A fault of the cache is not among them: it degrades to a miss with a warning. */
export type ResolveError =
  | InvalidInput
  | PromptSyntaxError
  | PromptTooLarge
  | IncludeError
  | CanonicalError
  | UnsupportedParameter
  | ProviderNotFound

export class ScaffoldCache extends Context.Tag("aegis/ScaffoldCache")<
  ScaffoldCache,
  {
    /** The scaffold of the input, from the cache where it is there. Identical concurrent calls share one computation. */
    readonly resolve: (
      input: ResolveInput,
      options?: ResolveOptions
    ) => Effect.Effect<ResolvedScaffold, ResolveError>
    /** The scaffold of this key, if it is there. Its blocks' texts come from the store and are checked by digest. */
    readonly lookup: (
      hash: Hash,
      options?: Pick<ResolveOptions, "namespace">
    ) => Effect.Effect<Option.Option<ResolvedScaffold>, StoreError | SchemaTooNew>
    /** Why the input would miss, or none when it would hit. Nothing is computed or stored. */
    readonly why: (
      input: ResolveInput,
      options?: ResolveOptions
    ) => Effect.Effect<Option.Option<MissExplanation>, ResolveError | StoreError>
    readonly stats: (options?: Pick<ResolveOptions, "namespace">) => Effect.Effect<CacheStats, StoreError>
    /** Forgets one scaffold, or all of a namespace. Returns how many there were. */
    readonly invalidate: (
      what: Hash | "all",
      options?: Pick<ResolveOptions, "namespace">
    ) => Effect.Effect<number, StoreError>
    /** Recomputes every hash. A corrupt row is quarantined: counted, reported, never served, resolved afresh. */
    readonly verify: Effect.Effect<VerifyReport, StoreError>
    /** Removes what the policy does not let stay, least recently used first, and blocks that nothing refers to. */
    readonly prune: (
      policy: PrunePolicy,
      options?: { readonly dryRun?: boolean }
    ) => Effect.Effect<PruneReport, StoreError>
    /** Writes everything that is written behind. It happens by itself, and when the layer's scope closes. */
    readonly flush: Effect.Effect<void, StoreError>
  }
>() {}
