/**
 * What has to stay for the checkpoints that stay: the entries that hold their values, and for DeltaChannels what their
 * ancestors wrote. Such an entry may be gone, but it keeps its content.
 */
import * as Effect from "effect/Effect"
import type { RunDamaged } from "../../domain/RunErrors.js"
import type { StoreError } from "../../domain/StoreErrors.js"
import { kinds } from "../../runs/entry.js"
import { holdersOf, needsSends, openDeltas } from "../../runs/needs.js"
import { empty } from "../../runs/manifest.js"
import type { Fact, Ledger } from "./Ledger.js"

/** The ancestors that a checkpoint's DeltaChannels are made of, from its parent on: each with its entries of writes. */
export type Ancestry = ReadonlyArray<readonly [n: number, writes: ReadonlyArray<number>]>

export class Keeping {
  /** Entries whose content is needed. */
  readonly needed = new Set<number>()
  /** Checkpoints whose writes stay, though they themselves may go. */
  readonly withWrites = new Set<string>()
  /** Checkpoints that stay: each sees to what it needs itself. */
  readonly staying: ReadonlySet<number>
  readonly #ledger: Ledger

  constructor(ledger: Ledger, staying: ReadonlySet<number>) {
    this.#ledger = ledger
    this.staying = staying
  }

  /** Keeps a checkpoint, with all that it needs. What it needs of ancestors that do not stay is told. */
  keep(checkpoint: Fact): Effect.Effect<Ancestry, StoreError | RunDamaged> {
    return Effect.gen(this, function* () {
      this.needed.add(checkpoint.n)
      const read = yield* this.#ledger.checkpointAt(checkpoint.n)
      if (read.header.keyframe !== undefined) this.needed.add(read.header.keyframe)
      for (const n of holdersOf(read.manifest)) this.needed.add(n)
      if (needsSends(read) && checkpoint.parent !== undefined) this.withWrites.add(checkpoint.parent)
      const open = new Set(openDeltas(read, read.manifest))
      const ancestry: Array<readonly [number, ReadonlyArray<number>]> = []
      const seen = new Set<string>([checkpoint.id])
      /** Only up to the first that stays: whoever reads goes on there. */
      let isListed = true
      for (let id = checkpoint.parent; id !== undefined && open.size > 0 && !seen.has(id);) {
        seen.add(id)
        const ancestor = this.#ledger.ancestor(id)
        // its run began before the log did, or was deleted: what is gone was lost then
        if (ancestor?.bytes === undefined) break
        if (this.staying.has(ancestor.n)) {
          const { manifest, ...own } = yield* this.#ledger.checkpointAt(ancestor.n)
          for (const name of openDeltas(own, manifest)) open.delete(name)
          for (const name of [...open]) {
            if ((manifest.channels.get(name)?.n ?? empty) !== empty) open.delete(name)
          }
          isListed = false
        } else {
          const writes = yield* this.#keepAncestor(ancestor, open)
          if (isListed) ancestry.push([ancestor.n, writes])
        }
        id = ancestor.parent
      }
      return ancestry
    })
  }

  /** Keeps an ancestor's writes, and the values with which the writes of its descendants begin. */
  #keepAncestor(
    ancestor: Fact,
    open: Set<string>
  ): Effect.Effect<ReadonlyArray<number>, StoreError | RunDamaged> {
    return Effect.gen(this, function* () {
      this.needed.add(ancestor.n)
      const { header, manifest } = yield* this.#ledger.checkpointAt(ancestor.n)
      if (header.keyframe !== undefined) this.needed.add(header.keyframe)
      for (const name of [...open]) {
        const n = manifest.channels.get(name)?.n ?? empty
        if (n === empty) continue
        this.needed.add(n)
        open.delete(name)
      }
      const writes = (this.#ledger.belonging.get(ancestor.id) ?? []).filter(
        ({ bytes, kind }) => kind === kinds.writes && bytes !== undefined
      )
      for (const { n } of writes) this.needed.add(n)
      return writes.map(({ n }) => n)
    })
  }
}
