/** RunStorage in memory: the reference that the contract suite trusts first, and the storage of tests. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { LineageMoved, ThreadDeleted } from "../domain/RunErrors.js"
import { StoreError } from "../domain/StoreErrors.js"
import { genesis, type Head } from "../runs/chain.js"
import type { Chunk } from "../runs/chunk.js"
import { compareNames, packName } from "../runs/packed.js"
import { begins, isAsExpected, linkDraft } from "./appending.js"
import {
  epochsOfOne,
  type Appended,
  type Draft,
  type Entry,
  type Freed,
  kinds,
  type Found,
  type Lineage,
  type Ref,
  type RefKind,
  RunStorage
} from "./RunStorage.js"

interface Kept {
  readonly lineage: Lineage
  readonly reborn: boolean
  epoch: number
  head: Head
  /** The entry with number n at n - 1. */
  entries: Array<Entry>
  refs: Array<Ref>
  readonly held: Set<string>
}

const keyOf = (hash: Uint8Array): string => Buffer.from(hash).toString("hex")
const bytesOf = ({ payload }: Entry): number =>
  payload === undefined ? 0 : payload.meta.length + payload.body.length

export const make = (namespace: string): RunStorage["Type"] => {
  /** In the order in which they began. */
  let lineages: Array<Kept> = []
  let begun = 0
  const chunks = new Map<string, Chunk>()
  let names = new Map<string, { readonly lineage: Lineage; readonly n: number }>()
  const deleted = new Set<string>()

  const keptOf = ({ path, thread }: Lineage): Kept | undefined =>
    lineages.find(({ lineage }) => lineage.thread === thread && lineage.path === path)
  const entriesOf = (lineage: Lineage): ReadonlyArray<Entry> => keptOf(lineage)?.entries ?? []
  const living = (lineage: Lineage, kind: number): ReadonlyArray<Entry> =>
    entriesOf(lineage).filter((entry) => entry.kind === kind && !entry.gone)
  const writesOf = (lineage: Lineage, id: string): ReadonlyArray<Entry> =>
    living(lineage, kinds.writes).filter((entry) => entry.id === id)

  /** Checkpoints of a lineage, newest id first, each in its newest revision. */
  const checkpoints = (lineage: Lineage): ReadonlyArray<Entry> => {
    const newest = new Map(living(lineage, kinds.checkpoint).map((entry) => [entry.id, entry]))
    return [...newest.values()].sort((one, other) => compareNames(other.id, one.id))
  }

  const begin = (lineage: Lineage): Kept => {
    const kept: Kept = {
      lineage: { thread: lineage.thread, path: lineage.path },
      reborn: deleted.has(lineage.thread),
      epoch: ++begun * epochsOfOne,
      head: genesis(namespace, lineage.thread, lineage.path),
      entries: [],
      refs: [],
      held: new Set()
    }
    lineages.push(kept)
    return kept
  }

  const withoutRef = (refs: ReadonlyArray<Ref>, kind: RefKind, name: string): Array<Ref> =>
    refs.filter((ref) => ref.kind !== kind || ref.name !== name)

  const add = (kept: Kept, draft: Draft): number => {
    const { digest, head } = linkDraft(kept.head, draft)
    for (const chunk of draft.chunks) {
      const key = keyOf(chunk.hash)
      if (!chunks.has(key)) chunks.set(key, chunk)
      kept.held.add(key)
    }
    kept.head = head
    kept.entries.push({
      n: head.n,
      kind: draft.kind,
      id: draft.id,
      parent: draft.parent,
      at: draft.at,
      gone: draft.restored?.gone ?? false,
      payload: draft.restored?.emptied === undefined ? { meta: draft.meta, body: draft.body } : undefined,
      digest,
      chain: head.chain
    })
    for (const name of draft.names ?? []) names.set(name, { lineage: kept.lineage, n: head.n })
    for (const { kind, n = head.n, name } of draft.refs ?? []) {
      kept.refs = [...withoutRef(kept.refs, kind, name), { kind, name, n }]
    }
    return head.n
  }

  const append = (
    lineage: Lineage,
    drafts: ReadonlyArray<Draft>,
    epoch: number | undefined,
    drop?: { readonly kind: RefKind; readonly name: string }
  ): Effect.Effect<Appended, StoreError | LineageMoved | ThreadDeleted> =>
    Effect.suspend((): Effect.Effect<Appended, StoreError | LineageMoved | ThreadDeleted> => {
      const { thread } = lineage
      const there = keptOf(lineage)
      if (there === undefined && deleted.has(thread) && !drafts.every(begins)) {
        return new ThreadDeleted({ thread })
      }
      if (epoch !== undefined && epoch !== (there?.epoch ?? 0)) return new LineageMoved({ thread })
      const pointsTo = (kind: RefKind, name: string): number =>
        there?.refs.find((ref) => ref.kind === kind && ref.name === name)?.n ?? 0
      if (!isAsExpected(drafts, pointsTo)) return new LineageMoved({ thread })
      if (drafts.length === 0) return Effect.succeed({ epoch: there?.epoch ?? 0, numbers: [] })
      try {
        // throws before anything has changed
        drafts.reduce(
          (head, draft) => linkDraft(head, draft).head,
          there?.head ?? genesis(namespace, thread, lineage.path)
        )
      } catch (cause) {
        return new StoreError({ operation: "RunStorage.append", reason: "unknown", cause })
      }
      const kept = there ?? begin(lineage)
      if (drop !== undefined) kept.refs = withoutRef(kept.refs, drop.kind, drop.name)
      return Effect.succeed({ epoch: kept.epoch, numbers: drafts.map((draft) => add(kept, draft)) })
    })

  /** Lets go of chunks, and drops those that nobody holds any more. */
  const release = (kept: Kept, keys: Iterable<string>): { chunks: number; bytes: number } => {
    const freed = { chunks: 0, bytes: 0 }
    for (const key of keys) {
      const chunk = chunks.get(key)
      kept.held.delete(key)
      if (chunk === undefined || lineages.some(({ held }) => held.has(key))) continue
      chunks.delete(key)
      freed.chunks += 1
      freed.bytes += chunk.data.length
    }
    return freed
  }

  const find = (lineage: Lineage, id?: string): Found => {
    const checkpoint = checkpoints(lineage).find((entry) => id === undefined || entry.id === id)
    return {
      epoch: keptOf(lineage)?.epoch ?? 0,
      reborn: keptOf(lineage)?.reborn ?? false,
      checkpoint,
      writes: checkpoint === undefined ? [] : writesOf(lineage, checkpoint.id)
    }
  }

  return RunStorage.of({
    namespace,
    append,
    find: (lineage, id) => Effect.sync(() => find(lineage, id)),
    recall: find,
    entries: (lineage, numbers) =>
      Effect.sync(() => {
        const wanted = new Set(numbers)
        return entriesOf(lineage).filter(({ n }) => wanted.has(n))
      }),
    belonging: (lineage, kind, id) =>
      Effect.sync(() => living(lineage, kind).filter((entry) => entry.id === id)),
    list: ({ before, holds, id, limit, path, thread }) =>
      Effect.sync(() =>
        lineages
          .filter(({ lineage }) => thread === undefined || lineage.thread === thread)
          .filter(({ lineage }) => path === undefined || lineage.path === path)
          .flatMap(({ epoch, lineage }) =>
            checkpoints(lineage).map((entry) => ({
              lineage,
              epoch,
              entry,
              writes: writesOf(lineage, entry.id)
            }))
          )
          .filter(({ entry }) => id === undefined || entry.id === id)
          .filter(({ entry }) => before === undefined || compareNames(entry.id, before) < 0)
          .filter(({ entry: { payload } }) =>
            holds.every(
              (bytes) => payload !== undefined && Buffer.from(payload.meta).includes(Buffer.from(bytes))
            )
          )
          .sort((one, other) => compareNames(other.entry.id, one.entry.id))
          .slice(0, Math.max(0, limit))
      ),
    log: (lineage, after, limit) =>
      Effect.sync(() =>
        entriesOf(lineage)
          .filter(({ n }) => n > after)
          .slice(0, Math.max(0, limit))
      ),
    lineages: (thread) =>
      Effect.sync(() =>
        lineages
          .filter(({ lineage }) => thread === undefined || lineage.thread === thread)
          .map(({ entries, epoch, head, lineage }) => ({
            ...lineage,
            epoch,
            bytes: entries.reduce((sum, entry) => sum + bytesOf(entry), 0),
            ...head
          }))
      ),
    chunks: (hashes) => Effect.sync(() => hashes.map((hash) => chunks.get(keyOf(hash)))),
    held: (hashes) =>
      Effect.sync(() =>
        hashes.map((hash) => {
          const key = keyOf(hash)
          const chunk = chunks.get(key)
          return chunk === undefined
            ? undefined
            : { bytes: chunk.data.length, lineages: lineages.filter(({ held }) => held.has(key)).length }
        })
      ),
    chunksAfter: (after, limit) =>
      Effect.sync(() =>
        [...chunks]
          .filter(([key]) => after === undefined || key > keyOf(after))
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .slice(0, limit)
          .map(([, chunk]) => chunk)
      ),
    names: (lineage) =>
      Effect.sync(() =>
        [...names]
          .filter(([, at]) => at.lineage.thread === lineage.thread && at.lineage.path === lineage.path)
          .map(([name, { n }]) => ({ name, n }))
          .sort((one, other) => one.n - other.n || Buffer.compare(packName(one.name), packName(other.name)))
      ),
    named: (name) => Effect.sync(() => Option.fromNullable(names.get(name))),
    refs: (lineage) =>
      Effect.sync(() =>
        [...(keptOf(lineage)?.refs ?? [])].sort(
          (one, other) =>
            compareNames(one.kind, other.kind) || Buffer.compare(packName(one.name), packName(other.name))
        )
      ),
    dropRef: (lineage, ref, draft) => Effect.asVoid(append(lineage, [draft], undefined, ref)),
    remove: (lineage, { chunks: unneeded, draft, empty, epoch, gone, upTo }) =>
      Effect.suspend(() => {
        const kept = keptOf(lineage)
        if (kept === undefined || kept.epoch !== epoch || (upTo ?? kept.head.n) !== kept.head.n)
          return new LineageMoved({ thread: lineage.thread })
        const emptied = new Set(empty)
        const leaving = new Set([...gone, ...empty])
        const affected = kept.entries.filter(({ n }) => leaving.has(n))
        const freed = release(kept, unneeded.map(keyOf))
        kept.entries = kept.entries.map((entry) =>
          leaving.has(entry.n)
            ? { ...entry, gone: true, payload: emptied.has(entry.n) ? undefined : entry.payload }
            : entry
        )
        kept.epoch += 1
        add(kept, draft)
        return Effect.succeed({
          entries: affected.filter((entry) => !entry.gone).length,
          chunks: freed.chunks,
          bytes: affected
            .filter(({ n }) => emptied.has(n))
            .reduce((sum, entry) => sum + bytesOf(entry), freed.bytes)
        })
      }),
    deleteThread: (thread) =>
      Effect.sync((): Freed => {
        const doomed = lineages.filter(({ lineage }) => lineage.thread === thread)
        if (doomed.length > 0) deleted.add(thread)
        lineages = lineages.filter(({ lineage }) => lineage.thread !== thread)
        names = new Map([...names].filter(([, { lineage }]) => lineage.thread !== thread))
        return doomed.reduce<Freed>(
          (sum, kept) => {
            const freed = release(kept, [...kept.held])
            return {
              entries: sum.entries + kept.entries.length,
              chunks: sum.chunks + freed.chunks,
              bytes: kept.entries.reduce((bytes, entry) => bytes + bytesOf(entry), sum.bytes + freed.bytes)
            }
          },
          { entries: 0, chunks: 0, bytes: 0 }
        )
      }),
    wasDeleted: (thread) => Effect.sync(() => deleted.has(thread)),
    check: Effect.succeed([]),
    reclaim: Effect.void
  })
}

/** The run store of one namespace, in memory: it ends with the layer. */
export const layerMemory = (namespace: string): Layer.Layer<RunStorage> =>
  Layer.sync(RunStorage, () => make(namespace))
