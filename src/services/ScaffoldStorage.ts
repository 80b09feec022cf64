/**
 * What the scaffold cache asks of a database. Owns: keeping rows and blocks as they were given. Does not own: what is in
 * them, their digests, or when they are asked for (ScaffoldCache).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { CacheStats, PrunePolicy, PruneReport, VerifyReport } from "../domain/CacheReports.js"
import type { Hash } from "../domain/Hash.js"
import type { Outcome } from "../domain/Outcome.js"
import type { StoreError } from "../domain/StoreErrors.js"

/** A rotation is due after so many new rows. */
export const rotateEvery = 256

/**
 * A thin row: everything of a resolved scaffold but its blocks' texts. What a hit has to know at once stands beside `meta`,
 * which is JSON and read when somebody asks for it. `digest` covers all of it, the namespace and the key.
 */
export interface ScaffoldRow {
  readonly version: number
  /** The version of the price lists that made the cost. */
  readonly prices: string
  readonly tokens: number
  /** In USD; null where the price is unknown. */
  readonly cost: number | null
  readonly meta: string
  readonly digest: Hash
}

/** A row with the preimage of its key. */
export interface WholeRow extends ScaffoldRow {
  readonly header: string
}

export interface NewScaffold extends WholeRow {
  readonly namespace: string
  readonly hash: Hash
  readonly provider: string
  readonly model: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly blocks: ReadonlyArray<{ readonly hash: Hash; readonly content: string }>
}

export interface RecentScaffold {
  readonly hash: Hash
  readonly header: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
}

export class ScaffoldStorage extends Context.Tag("aegis/ScaffoldStorage")<
  ScaffoldStorage,
  {
    /** The row of a key, at once: the hottest read there is. A fault comes back as a value. */
    readonly unsafeGet: (namespace: string, hash: Hash) => ScaffoldRow | StoreError | undefined
    /** Counts a lookup and marks the row as used. Written behind. */
    readonly unsafeNote: (namespace: string, hash: Hash, outcome: Outcome, at: number) => void
    /**
     * Keeps a row and the blocks that are new. A row that is there already stays as it is. True when so many were put
     * since the last rotation, by any process, that it is time for the next.
     */
    readonly put: (scaffold: NewScaffold) => Effect.Effect<boolean, StoreError>
    /** As `put`, in the place of the row that is there. */
    readonly replace: (scaffold: NewScaffold) => Effect.Effect<boolean, StoreError>
    /** The row of a key with its header. */
    readonly get: (namespace: string, hash: Hash) => Effect.Effect<Option.Option<WholeRow>, StoreError>
    /** The texts of these blocks, unchecked; a block that is not there is missing from the map. */
    readonly contents: (hashes: ReadonlyArray<Hash>) => Effect.Effect<ReadonlyMap<Hash, string>, StoreError>
    /** The newest rows for a provider and model, newest first. */
    readonly recent: (
      namespace: string,
      provider: string,
      model: string,
      limit: number
    ) => Effect.Effect<ReadonlyArray<RecentScaffold>, StoreError>
    /** Takes a corrupt row out of service and keeps it aside. */
    readonly quarantine: (namespace: string, hash: Hash, problem: string) => Effect.Effect<void, StoreError>
    readonly invalidate: (namespace: string, what: Hash | "all") => Effect.Effect<number, StoreError>
    readonly stats: (
      namespace: string
    ) => Effect.Effect<Omit<CacheStats, "memory" | "hitRate" | "namespace">, StoreError>
    /** `check` says what is wrong with a row or block, if anything. What is wrong is quarantined. */
    readonly verify: (check: {
      readonly row: (namespace: string, hash: Hash, row: WholeRow) => string | undefined
      readonly block: (hash: Hash, content: string) => string | undefined
    }) => Effect.Effect<VerifyReport, StoreError>
    /** Whether the policy would let something go: a quick look that a rotation begins with. */
    readonly exceeds: (policy: PrunePolicy, now: number) => Effect.Effect<boolean, StoreError>
    readonly prune: (
      policy: PrunePolicy,
      now: number,
      dryRun: boolean
    ) => Effect.Effect<PruneReport, StoreError>
    readonly flush: Effect.Effect<void, StoreError>
  }
>() {}
