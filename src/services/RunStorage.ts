/**
 * What the run store asks of a database. Owns: lineages, their entries and chain, the chunks that entries refer to, and
 * which of them a lineage still holds. Does not own: what entries mean and what is in them (RunLog).
 *
 * A lineage is what one thread did in one graph: LangGraph's thread and checkpoint namespace. Its entries are numbered from
 * 1 and never changed; a payload may be removed, the entry stays. All that is appended in one turn of the event loop is one
 * transaction.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { LineageMoved, ThreadDeleted } from "../domain/RunErrors.js"
import type { StoreError } from "../domain/StoreErrors.js"
import type { Head } from "../runs/chain.js"
import type { Chunk } from "../runs/chunk.js"
import type { Draft, Entry, Kind, Lineage, Ref, RefKind } from "../runs/entry.js"

/** The numbers of entries that were appended, in order. */
export interface Appended {
  readonly epoch: number
  readonly numbers: ReadonlyArray<number>
}

/** Room for the epochs of one lineage: they are this many from the first on, and nobody else's. */
export const epochsOfOne = 2 ** 20

/** A checkpoint with what belongs to it, as far as it is not gone. */
export interface Found {
  /**
   * Changes when payloads of the lineage are removed: what was read before may then refer to nothing. Never the same for
   * two lineages, not even for one that was deleted and the one that took its name.
   */
  readonly epoch: number
  /** The thread was deleted once: a checkpoint without its parent comes from a run of that time. */
  readonly reborn: boolean
  readonly checkpoint: Entry | undefined
  /** Entries of kind `writes`, in the order of their numbers. */
  readonly writes: ReadonlyArray<Entry>
}

export interface Query {
  readonly thread?: string | undefined
  readonly path?: string | undefined
  readonly id?: string | undefined
  /** Ids less than this one. */
  readonly before?: string | undefined
  /** What the metadata holds, as bytes of its canonical JSON. A database may give more than was asked for. */
  readonly holds: ReadonlyArray<Uint8Array>
  readonly limit: number
}

export interface Listed {
  readonly lineage: Lineage
  readonly epoch: number
  readonly entry: Entry
  /** Entries of kind `writes` that belong to it, in the order of their numbers. */
  readonly writes: ReadonlyArray<Entry>
}

export interface LineageState extends Lineage, Head {
  readonly epoch: number
  /** Bytes of payloads that are there. */
  readonly bytes: number
}

/** Payloads to be removed in one transaction. */
export interface Removal {
  readonly epoch: number
  /** The last entry that was known when this was decided: those after it may refer to what goes. Default: any. */
  readonly upTo?: number | undefined
  /** Entries that are gone from now on. */
  readonly gone: ReadonlyArray<number>
  /** Entries whose payloads nothing refers to. */
  readonly empty: ReadonlyArray<number>
  /** Chunks that the lineage does not need any more. */
  readonly chunks: ReadonlyArray<Uint8Array>
  /** What the log says about it. Where its names point before is not asked. */
  readonly draft: Draft
}

/** What a chunk costs, and who pays. */
export interface Held {
  /** As they lie in the database. */
  readonly bytes: number
  /** How many lineages hold it. */
  readonly lineages: number
}

export interface Freed {
  readonly entries: number
  readonly chunks: number
  /** Bytes of payloads and chunks, as they lay in the database. */
  readonly bytes: number
}

export {
  type Draft,
  type Entry,
  type Kind,
  kinds,
  type Lineage,
  type Ref,
  type RefKind
} from "../runs/entry.js"

export class RunStorage extends Context.Tag("aegis/RunStorage")<
  RunStorage,
  {
    /** The tenant that all of this belongs to: nothing here reaches what others keep in the same database. */
    readonly namespace: string
    /**
     * Appends entries in order. With an `epoch`, only if it is still that of the lineage: entries
     * that refer to others must not outlive them. Where a name does not point to what a draft says
     * that it points to before, nothing is written: LineageMoved.
     */
    readonly append: (
      lineage: Lineage,
      drafts: ReadonlyArray<Draft>,
      epoch?: number
    ) => Effect.Effect<Appended, StoreError | LineageMoved | ThreadDeleted>
    /** The newest checkpoint, or the newest revision of the one with this id. */
    readonly find: (lineage: Lineage, id?: string) => Effect.Effect<Found, StoreError>
    /** What `find` would give, if that is certain without asking the database. */
    readonly recall: (lineage: Lineage, id?: string) => Found | undefined
    /** Entries by number, in any order; those that do not exist are left out. */
    readonly entries: (
      lineage: Lineage,
      numbers: ReadonlyArray<number>
    ) => Effect.Effect<ReadonlyArray<Entry>, StoreError>
    /** What belongs to a checkpoint and is not gone, in the order of the log. */
    readonly belonging: (
      lineage: Lineage,
      kind: Kind,
      id: string
    ) => Effect.Effect<ReadonlyArray<Entry>, StoreError>
    /** Checkpoints that are not gone, newest id first, each in its newest revision. */
    readonly list: (query: Query) => Effect.Effect<ReadonlyArray<Listed>, StoreError>
    /** Entries after a number, in the order of the log; those that are gone as well. */
    readonly log: (
      lineage: Lineage,
      after: number,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Entry>, StoreError>
    /** All lineages, or those of one thread, in the order in which they began. */
    readonly lineages: (thread?: string) => Effect.Effect<ReadonlyArray<LineageState>, StoreError>
    /** Chunks by hash, in order. A chunk may be other than its hash says: whoever reads it checks. */
    readonly chunks: (
      hashes: ReadonlyArray<Uint8Array>
    ) => Effect.Effect<ReadonlyArray<Chunk | undefined>, StoreError>
    /** What chunks cost, in order. */
    readonly held: (
      hashes: ReadonlyArray<Uint8Array>
    ) => Effect.Effect<ReadonlyArray<Held | undefined>, StoreError>
    /** All chunks of the namespace in the order of their hashes, from the one after `after`. */
    readonly chunksAfter: (
      after: Uint8Array | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Chunk>, StoreError>
    readonly named: (
      name: string
    ) => Effect.Effect<Option.Option<{ readonly lineage: Lineage; readonly n: number }>, StoreError>
    /** The names of the entries of a lineage, in the order of their numbers. */
    readonly names: (
      lineage: Lineage
    ) => Effect.Effect<ReadonlyArray<{ readonly name: string; readonly n: number }>, StoreError>
    readonly refs: (lineage: Lineage) => Effect.Effect<ReadonlyArray<Ref>, StoreError>
    /** Takes a branch or a tag away; the draft says so in the log. */
    readonly dropRef: (
      lineage: Lineage,
      ref: { readonly kind: RefKind; readonly name: string },
      draft: Draft
    ) => Effect.Effect<void, StoreError | LineageMoved | ThreadDeleted>
    readonly remove: (lineage: Lineage, removal: Removal) => Effect.Effect<Freed, StoreError | LineageMoved>
    /** Deletes a thread with all its lineages and leaves nothing of it but a digest of its name. */
    readonly deleteThread: (thread: string) => Effect.Effect<Freed, StoreError>
    readonly wasDeleted: (thread: string) => Effect.Effect<boolean, StoreError>
    /** What the database finds wrong with itself: damaged pages, rows that belong to nothing. */
    readonly check: Effect.Effect<ReadonlyArray<string>, StoreError>
    /** Gives the space of what was removed back to the file system, a little at a time. */
    readonly reclaim: Effect.Effect<void, StoreError>
  }
>() {}
