/**
 * Copying a thread under another name. Entries keep their numbers, so that what points to them stays right; values are shared
 * as chunks. A copy that was broken off is continued by copying again: it is complete once its last note says so.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { LineageMoved, type NameTaken, RunNotFound, type ThreadDeleted } from "../../domain/RunErrors.js"
import type { RunCopyReport } from "../../domain/RunReports.js"
import type { StoreError } from "../../domain/StoreErrors.js"
import { decodeBody } from "../../runs/body.js"
import { type Entry, kinds, type Lineage } from "../../runs/entry.js"
import { readEntry } from "../../runs/snapshot.js"
import { event } from "../checkpoints/refs.js"
import type { LineageState, RunStorage } from "../RunStorage.js"
import { breathe } from "./breathe.js"
import { gather } from "./gather.js"
import { Restorer, taken } from "./restore.js"

export type CopyError = StoreError | LineageMoved | ThreadDeleted | RunNotFound | NameTaken

/** Entries read at a time. */
const page = 64
/** How often the copy begins anew because its source was pruned. */
const attempts = 5

const isSame = (one: Entry, other: Entry | undefined): boolean =>
  one.id === other?.id &&
  one.parent === other.parent &&
  one.kind === other.kind &&
  one.at === other.at &&
  one.gone === other.gone &&
  (one.payload === undefined) === (other.payload === undefined) &&
  Buffer.compare(one.digest, other.digest) === 0

/** Whether what is there is the beginning of a copy. */
const isBegun = (
  storage: RunStorage["Type"],
  source: Lineage,
  target: LineageState
): Effect.Effect<boolean, StoreError> =>
  Effect.gen(function* () {
    for (let after = 0; after < target.n; after += page) {
      const wanted = yield* storage.log(source, after, page)
      const there = yield* storage.log(target, after, page)
      if (there.length > wanted.length || !there.every((entry, at) => isSame(entry, wanted[at]))) return false
      yield* breathe
    }
    for (const note of yield* storage.belonging(target, kinds.note, "")) {
      const header = readEntry(note)?.header
      const from: unknown =
        typeof header === "object" && header !== null ? Reflect.get(header, "copied") : undefined
      if (from === source.thread) return false
    }
    return true
  })

const copyLineage = (
  storage: RunStorage["Type"],
  source: LineageState,
  target: Lineage,
  from: number
): Effect.Effect<number, StoreError | LineageMoved | ThreadDeleted | NameTaken> =>
  Effect.gen(function* () {
    const moved = Effect.suspend(() => new LineageMoved({ thread: source.thread }))
    const restorer = new Restorer(storage, target)
    const seen = new Set<string>()
    for (let after = from; after < source.n; after += page) {
      for (const entry of yield* storage.log(source, after, Math.min(page, source.n - after))) {
        const parts = entry.payload && decodeBody(entry.payload.body)?.parts.values()
        const chunks = yield* gather(storage.chunks, parts ?? [], seen, () => moved)
        yield* restorer.add({ entry, chunks, names: [] })
      }
    }
    const refs = (yield* storage.refs(source)).filter(({ n }) => n <= source.n)
    yield* restorer.flush(refs)
    const { epoch } = yield* storage.find(source, "")
    if (epoch !== source.epoch) return yield* moved
    return restorer.written
  })

const copyAll = (
  storage: RunStorage["Type"],
  source: string,
  target: string
): Effect.Effect<RunCopyReport, CopyError> =>
  Effect.gen(function* () {
    const lineages = yield* storage.lineages(source)
    if (lineages.length === 0) return yield* new RunNotFound({ kind: "thread", name: source })
    const there = new Map((yield* storage.lineages(target)).map((state) => [state.path, state]))
    for (const state of there.values()) {
      if (source === target) return yield* taken(target, state)
      const of = lineages.find(({ path }) => path === state.path)
      if (of === undefined || !(yield* isBegun(storage, of, state))) return yield* taken(target, state)
    }
    let entries = 0
    for (const lineage of lineages) {
      const from = there.get(lineage.path)?.n ?? 0
      entries += yield* copyLineage(storage, lineage, { thread: target, path: lineage.path }, from)
    }
    const at = yield* Clock.currentTimeMillis
    // in one turn, and so in one transaction
    yield* Effect.forEach(
      lineages,
      ({ n, path }) =>
        storage.append({ thread: target, path }, [event(kinds.note, "", at, { copied: source, entries: n })]),
      { concurrency: "unbounded", discard: true }
    )
    return { thread: target, lineages: lineages.length, entries }
  })

/**
 * Copies all lineages of a thread, also what was pruned in them, so that the copy can be proved like its source. The ids of
 * checkpoints are those of the source; where an id leads to one checkpoint, it leads to the source for as long as that is there.
 */
export const copyThread = (
  storage: RunStorage["Type"],
  source: string,
  target: string
): Effect.Effect<RunCopyReport, CopyError> =>
  copyAll(storage, source, target).pipe(
    // its source was pruned: what was copied of it says less than the source's log does
    Effect.tapErrorTag("LineageMoved", () => storage.deleteThread(target)),
    Effect.retry({ times: attempts, while: ({ _tag }) => _tag === "LineageMoved" }),
    Effect.withSpan("RunUpkeep.copyThread")
  )
