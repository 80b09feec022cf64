/**
 * What is in a lineage, as far as it matters for what may go: its entries without their contents, and how often each chunk is
 * used. It is read once and then kept up with what is appended.
 */
import * as Effect from "effect/Effect"
import { RunDamaged } from "../../domain/RunErrors.js"
import type { StoreError } from "../../domain/StoreErrors.js"
import { decodeBody } from "../../runs/body.js"
import { type Entry, kinds, type Lineage } from "../../runs/entry.js"
import { decodeManifest, type Manifest, nothing } from "../../runs/manifest.js"
import { type ReadCheckpoint, readCheckpoint } from "../../runs/needs.js"
import { fromRanges } from "../../runs/ranges.js"
import { Uses } from "../../runs/uses.js"
import type { RunStorage } from "../RunStorage.js"
import { breathe } from "./breathe.js"
import { use } from "./chunksOf.js"
import { Recent } from "./Recent.js"

export interface Fact {
  readonly n: number
  readonly kind: number
  readonly id: string
  readonly parent: string | undefined
  readonly at: number
  readonly runId: string | undefined
  /** Bytes of its payload; undefined when that was removed. */
  readonly bytes: number | undefined
  /** The chunks that it uses itself, as keys. */
  readonly uses: ReadonlyArray<string>
  readonly gone: boolean
}

/** Entries read at a time: some milliseconds of decoding. */
const page = 64

export class Ledger {
  readonly lineage: Lineage
  /** By number, from the first entry on. */
  readonly facts: Array<Fact> = []
  readonly uses = new Uses()
  /** Checkpoints by id, in the order of their revisions. */
  readonly checkpoints = new Map<string, Array<Fact>>()
  /** All other entries that belong to a checkpoint, by its id. */
  readonly belonging = new Map<string, Array<Fact>>()
  /** Entries that were not pruned by a policy, but deleted on demand. */
  readonly deleted = new Set<number>()
  last = 0
  readonly #storage: RunStorage["Type"]
  readonly #manifests = new Recent<Manifest>(256)

  constructor(storage: RunStorage["Type"], lineage: Lineage) {
    this.#storage = storage
    this.lineage = { thread: lineage.thread, path: lineage.path }
  }

  /** Reads what was appended since it read last, and gives it. */
  readonly read: Effect.Effect<ReadonlyArray<Fact>, StoreError> = Effect.suspend(() => this.#read())

  #read(): Effect.Effect<ReadonlyArray<Fact>, StoreError> {
    return Effect.gen(this, function* () {
      const fresh: Array<Fact> = []
      for (;;) {
        const entries = yield* this.#storage.log(this.lineage, this.last, page)
        for (const entry of entries) fresh.push(yield* this.#add(entry))
        if (entries.length < page) return fresh
        yield* breathe
      }
    })
  }

  #add(entry: Entry): Effect.Effect<Fact, StoreError> {
    return Effect.gen(this, function* () {
      const { at, gone, id, kind, n, parent, payload } = entry
      const body = payload && decodeBody(payload.body)
      const header = kind === kinds.checkpoint && body ? decodeManifest(body.header, n) : undefined
      const run = header?.notes.r
      const fact: Fact = {
        n,
        kind,
        id,
        parent,
        at,
        gone,
        runId: typeof run === "string" ? run : undefined,
        bytes: payload && payload.meta.length + payload.body.length,
        uses: body === undefined ? [] : yield* use(this.#storage, this.uses, body.parts.values())
      }
      if (kind === kinds.prune) {
        for (const each of deletedBy(body?.header, n)) this.deleted.add(each)
      }
      this.facts.push(fact)
      this.last = n
      const index = kind === kinds.checkpoint ? this.checkpoints : this.belonging
      const there = index.get(id)
      if (there === undefined) index.set(id, [fact])
      else there.push(fact)
      return fact
    })
  }

  /** The checkpoint of an id that reading would find, or the last one that still has its content. */
  ancestor(id: string): Fact | undefined {
    const revisions = this.checkpoints.get(id) ?? []
    return revisions.findLast(({ gone }) => !gone) ?? revisions.findLast(({ bytes }) => bytes !== undefined)
  }

  /** A checkpoint and its whole manifest, out of its entry. */
  checkpointAt(
    n: number
  ): Effect.Effect<ReadCheckpoint & { readonly manifest: Manifest }, StoreError | RunDamaged> {
    return Effect.gen(this, function* () {
      const [entry] = yield* this.#storage.entries(this.lineage, [n])
      const read = entry && readCheckpoint(entry)
      if (read === undefined) return yield* this.damaged(n)
      const { keyframe } = read.header
      const base = keyframe === undefined ? nothing : yield* this.#manifestAt(keyframe, n)
      return { ...read, manifest: read.header.over(base) }
    })
  }

  #manifestAt(n: number, before: number): Effect.Effect<Manifest, StoreError | RunDamaged> {
    return Effect.suspend(() => {
      const known = this.#manifests.get(String(n))
      if (known !== undefined) return Effect.succeed(known)
      if (n >= before) return Effect.fail(this.damaged(before))
      return Effect.map(this.checkpointAt(n), ({ manifest }) => {
        this.#manifests.set(String(n), manifest)
        return manifest
      })
    })
  }

  damaged(n: number): RunDamaged {
    return new RunDamaged({ what: `entry ${n} of thread ${this.lineage.thread}` })
  }
}

/** What an entry says was deleted on demand. */
const deletedBy = (header: unknown, n: number): ReadonlyArray<number> =>
  typeof header === "object" && header !== null && Reflect.get(header, "policy") === undefined
    ? fromRanges(Reflect.get(header, "gone"), n)
    : []
