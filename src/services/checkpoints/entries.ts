/** Checkpoints without what is in them, as lists and trees show them: nothing of a state is read. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { CheckpointEntry, CheckpointLog } from "../../domain/CheckpointLog.js"
import { RunNotFound } from "../../domain/RunErrors.js"
import { kinds, type Lineage } from "../../runs/entry.js"
import type { Snapshot } from "../../runs/snapshot.js"
import { type ReadError, RunLog } from "../RunLog.js"
import { type LineageState, RunStorage } from "../RunStorage.js"
import { type CheckpointList, merged, newest } from "./list.js"
import { nativePath, toCheckpoint } from "./native.js"

/** Entries read at a time. */
const page = 200

/** What points to a checkpoint, by the number of its entry. */
type Pointers = ReadonlyMap<
  number,
  { readonly branches: ReadonlyArray<string>; readonly tags: ReadonlyArray<string> }
>

const pointersOf = (lineage: Lineage): Effect.Effect<Pointers, ReadError, RunStorage> =>
  Effect.gen(function* () {
    const storage = yield* RunStorage
    const pointers = new Map<number, { branches: Array<string>; tags: Array<string> }>()
    for (const { kind, n, name } of yield* storage.refs(lineage)) {
      if (kind === "name") continue
      const at = pointers.get(n) ?? { branches: [], tags: [] }
      pointers.set(n, at)
      ;(kind === "branch" ? at.branches : at.tags).push(name)
    }
    return pointers
  })

const valueIn = (metadata: Readonly<Record<string, unknown>> | undefined, key: string): unknown =>
  metadata !== undefined && Object.hasOwn(metadata, key) ? metadata[key] : undefined

const toEntry = (snapshot: Snapshot, pointers: Pointers): Effect.Effect<CheckpointEntry, ReadError> =>
  Either.map(toCheckpoint(snapshot, {}, []), ({ branch, createdAt, metadata, name, revision }) => {
    const { id, lineage, manifest, n, parent } = snapshot
    const { branches = [], tags = [] } = pointers.get(n) ?? {}
    const graph = lineage.path !== nativePath
    const source = graph ? valueIn(metadata, "source") : undefined
    const step = graph ? valueIn(metadata, "step") : undefined
    return {
      id,
      thread: lineage.thread,
      path: graph ? lineage.path : "",
      name,
      ...(revision === undefined ? {} : { revision }),
      ...(branch === undefined ? {} : { branch }),
      ...(parent === undefined ? {} : { parentId: parent }),
      ...(typeof source === "string" ? { source } : {}),
      ...(typeof step === "number" ? { step } : {}),
      branches,
      tags,
      keys: manifest.channels.size,
      nodes: manifest.nodes.size,
      createdAt
    }
  })

/** A checkpoint without what is in it. */
export const checkpointEntry = (snapshot: Snapshot): Effect.Effect<CheckpointEntry, ReadError, RunStorage> =>
  Effect.flatMap(pointersOf(snapshot.lineage), (pointers) => toEntry(snapshot, pointers))

/** The newest checkpoints that are asked for, newest first. */
export const checkpointEntries: (
  options?: CheckpointList
) => Effect.Effect<ReadonlyArray<CheckpointEntry>, ReadError, RunLog | RunStorage> = Effect.fn(
  "checkpointEntries"
)(function* (options: CheckpointList = {}) {
  const pointers = new Map<string, Pointers>()
  const entries: Array<CheckpointEntry> = []
  for (const snapshot of yield* newest(yield* RunLog, yield* RunStorage, options)) {
    const { path, thread } = snapshot.lineage
    const key = JSON.stringify([thread, path])
    const known = pointers.get(key) ?? (yield* pointersOf(snapshot.lineage))
    pointers.set(key, known)
    entries.push(yield* toEntry(snapshot, known))
  }
  return entries
})

/** The living checkpoints of a lineage, newest first, each once: saved again under its id, it is the newer one. */
const livingIn = (
  lineage: LineageState
): Effect.Effect<ReadonlyArray<Snapshot>, ReadError, RunLog | RunStorage> =>
  Effect.gen(function* () {
    const log = yield* RunLog
    const storage = yield* RunStorage
    const found = new Map<string, Snapshot>()
    for (let after = 0; after < lineage.n;) {
      const entries = yield* storage.log(lineage, after, page)
      for (const entry of entries) {
        if (entry.kind !== kinds.checkpoint || entry.gone) continue
        found.delete(entry.id)
        found.set(entry.id, yield* log.snapshot(lineage, lineage.epoch, entry))
      }
      after = entries.at(-1)?.n ?? lineage.n
    }
    return [...found.values()].reverse()
  })

/** In the same order as far as possible, each before the one that it came from. A circle is cut where it is met. */
export const childrenFirst = <A extends { readonly id: string; readonly parent: string | undefined }>(
  all: ReadonlyArray<A>
): ReadonlyArray<A> => {
  const children = new Map<string, Array<A>>()
  for (const each of all) {
    if (each.parent === undefined) continue
    const siblings = children.get(each.parent)
    if (siblings === undefined) children.set(each.parent, [each])
    else siblings.push(each)
  }
  const ordered: Array<A> = []
  const met = new Set<string>()
  for (const start of all) {
    const way: Array<{ readonly each: A; next: number }> = met.has(start.id) ? [] : [{ each: start, next: 0 }]
    met.add(start.id)
    for (let step = way.at(-1); step !== undefined; step = way.at(-1)) {
      const child = children.get(step.each.id)?.[step.next++]
      if (child === undefined) {
        ordered.push(step.each)
        way.pop()
      } else if (!met.has(child.id)) {
        met.add(child.id)
        way.push({ each: child, next: 0 })
      }
    }
  }
  return ordered
}

/** A checkpoint and all that it came from, out of those of its run. */
const upTo = (all: ReadonlyArray<Snapshot>, id: string): ReadonlyArray<Snapshot> => {
  const byId = new Map(all.map((each) => [each.id, each]))
  const kept = new Set<string>()
  for (let at = byId.get(id); at !== undefined && !kept.has(at.id); at = byId.get(at.parent ?? ""))
    kept.add(at.id)
  return all.filter((each) => kept.has(each.id))
}

export interface LogOptions {
  /** Only this checkpoint and what it came from. */
  readonly upTo?: string | undefined
  readonly limit: number
}

/** The checkpoints of a run, or of a part of it. */
export const checkpointLog: (
  thread: string,
  options: LogOptions
) => Effect.Effect<CheckpointLog, ReadError | RunNotFound, RunLog | RunStorage> = Effect.fn("checkpointLog")(
  function* (thread: string, options: LogOptions) {
    const storage = yield* RunStorage
    const lineages = yield* storage.lineages(thread)
    if (lineages.length === 0) return yield* new RunNotFound({ kind: "thread", name: thread })
    const living = merged(yield* Effect.forEach(lineages, livingIn))
    const wanted = options.upTo === undefined ? living : upTo(living, options.upTo)
    const shown = childrenFirst(wanted).slice(0, options.limit)
    const pointers = new Map<string, Pointers>()
    for (const lineage of lineages) pointers.set(lineage.path, yield* pointersOf(lineage))
    const checkpoints = yield* Effect.forEach(shown, (snapshot) =>
      toEntry(snapshot, pointers.get(snapshot.lineage.path) ?? new Map())
    )
    return { thread, checkpoints, more: wanted.length - shown.length }
  }
)
