/** Entries of a lineage: what is appended, and what is read. */
import type { Chunk } from "./chunk.js"

/** The name of a lineage within its namespace. `path` is empty for a thread's own graph. */
export interface Lineage {
  readonly thread: string
  readonly path: string
}

/** A lineage as the key of a map. It says where it ends: what is put behind it stays apart. */
export const lineageKey = ({ path, thread }: Lineage): string =>
  `${thread.length}:${thread}${path.length}:${path}`

/** What entries are about. The numbers are part of the chain and never change their meaning. */
export const kinds = {
  checkpoint: 0,
  writes: 1,
  node: 2,
  toolTrace: 3,
  artifact: 4,
  branch: 5,
  tag: 6,
  prune: 7,
  note: 8
} as const
export type Kind = (typeof kinds)[keyof typeof kinds]

/** An entry that is to be appended. */
export interface Draft {
  readonly kind: Kind
  /** The checkpoint that it is, or belongs to. */
  readonly id: string
  readonly parent: string | undefined
  /** Milliseconds since 1970. */
  readonly at: number
  /** Canonical JSON, for filters. */
  readonly meta: Uint8Array
  readonly body: Uint8Array
  readonly chunks: ReadonlyArray<Chunk>
  /** Ids under which the entry is found, whatever its lineage. */
  readonly names?: ReadonlyArray<string> | undefined
  /**
   * Names in the lineage that point to this entry from now on, or to the one with the given number. `from` is where such a
   * name points before, 0 for nowhere: if it does not, nothing is written.
   */
  readonly refs?:
    | ReadonlyArray<Omit<Ref, "n"> & { readonly n?: number | undefined; readonly from?: number | undefined }>
    | undefined
  /** For an entry of another log that is written again as it stands there. */
  readonly restored?: Restored | undefined
}

/** Such an entry may be gone already, and may be the first of a thread that was deleted. */
export interface Restored {
  readonly gone: boolean
  /** The digest of a payload that was removed: `meta` and `body` are not written then. */
  readonly emptied: Uint8Array | undefined
}

/** What a name in a lineage is for: the tip of a branch, a tag, or the newest checkpoint that was saved under it. */
export type RefKind = "branch" | "tag" | "name"

export interface Ref {
  readonly kind: RefKind
  readonly name: string
  /** The number of a checkpoint's entry. */
  readonly n: number
}

export interface Entry {
  readonly n: number
  readonly kind: number
  readonly id: string
  readonly parent: string | undefined
  readonly at: number
  /** Removed by a prune; its payload may still be there for others that refer to it. */
  readonly gone: boolean
  /** Nothing once the payload is removed. */
  readonly payload: { readonly meta: Uint8Array; readonly body: Uint8Array } | undefined
  readonly digest: Uint8Array
  readonly chain: Uint8Array
}
