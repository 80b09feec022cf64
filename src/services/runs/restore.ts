/** Writing entries of another log again, as they stand there: their numbers, what is gone, what was emptied. */
import * as Effect from "effect/Effect"
import { type LineageMoved, NameTaken, type ThreadDeleted } from "../../domain/RunErrors.js"
import type { StoreError } from "../../domain/StoreErrors.js"
import type { Chunk } from "../../runs/chunk.js"
import type { Draft, Entry, Kind, Lineage, Ref } from "../../runs/entry.js"
import type { RunStorage } from "../RunStorage.js"
import { breathe } from "./breathe.js"

export interface Restoring {
  readonly entry: Entry
  readonly chunks: ReadonlyArray<Chunk>
  readonly names: ReadonlyArray<string>
}

export type RestoreError = StoreError | LineageMoved | ThreadDeleted | NameTaken

/** Entries and bytes of chunks in one transaction. */
const most = { entries: 100, bytes: 2 * 1024 * 1024 }

const none = new Uint8Array(0)

const toDraft = ({ chunks, entry, names }: Restoring, refs: Draft["refs"]): Draft => ({
  // a kind that this version does not know is carried along
  kind: entry.kind as Kind,
  id: entry.id,
  parent: entry.parent,
  at: entry.at,
  meta: entry.payload?.meta ?? none,
  body: entry.payload?.body ?? none,
  chunks,
  names,
  refs,
  restored: { gone: entry.gone, emptied: entry.payload === undefined ? entry.digest : undefined }
})

export const taken = (name: string, { n }: { readonly n: number }): NameTaken =>
  new NameTaken({ kind: "thread", name, id: `a run with ${n} entries` })

/** Collects entries of one lineage and writes them in groups. */
export class Restorer {
  written = 0
  readonly #storage: RunStorage["Type"]
  readonly #lineage: Lineage
  #waiting: Array<Restoring> = []
  #bytes = 0

  constructor(storage: RunStorage["Type"], lineage: Lineage) {
    this.#storage = storage
    this.#lineage = lineage
  }

  readonly add = (restoring: Restoring): Effect.Effect<void, RestoreError> =>
    Effect.suspend(() => {
      this.#waiting.push(restoring)
      this.#bytes += restoring.chunks.reduce((sum, { data }) => sum + data.length, 0)
      return this.#waiting.length >= most.entries || this.#bytes >= most.bytes ? this.flush() : Effect.void
    })

  /** Writes what is waiting. With the last entry come the names that point into the lineage. */
  flush(refs: ReadonlyArray<Ref> = []): Effect.Effect<void, RestoreError> {
    return Effect.suspend(() => {
      const group = this.#waiting
      const [first] = group
      this.#waiting = []
      this.#bytes = 0
      if (first === undefined) return Effect.void
      const drafts = group.map((restoring, at) => toDraft(restoring, at === group.length - 1 ? refs : []))
      return this.#storage.append(this.#lineage, drafts).pipe(
        Effect.filterOrFail(
          ({ numbers }) => numbers[0] === first.entry.n,
          // somebody else began to write under this name
          ({ numbers }) => taken(this.#lineage.thread, { n: numbers.at(-1) ?? 0 })
        ),
        Effect.tap(() => Effect.sync(() => (this.written += group.length))),
        Effect.zipRight(breathe)
      )
    })
  }
}
