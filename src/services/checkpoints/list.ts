/** The newest checkpoints of a namespace, of a run, or of a branch. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { kinds, type Lineage } from "../../runs/entry.js"
import type { Snapshot } from "../../runs/snapshot.js"
import type { ReadError, RunLog } from "../RunLog.js"
import type { RunStorage } from "../RunStorage.js"
import { nativeNotes } from "./native.js"

export interface CheckpointList {
  readonly thread?: string | undefined
  readonly branch?: string | undefined
  readonly name?: string | undefined
  /** Default 20. */
  readonly limit?: number | undefined
}

const defaultLimit = 20
/** Entries read at a time, from the end of the log. */
const page = 100

const isWanted = ({ branch, name }: CheckpointList, snapshot: Snapshot): boolean => {
  if (branch === undefined && name === undefined) return true
  return Option.exists(
    nativeNotes(snapshot.notes),
    (notes) => (branch ?? notes.branch) === notes.branch && (name ?? notes.name) === notes.name
  )
}

/** The newest of a lineage, read from the end of its log. */
const newestOf = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  lineage: Lineage & { readonly n: number; readonly epoch: number },
  options: CheckpointList,
  limit: number
): Effect.Effect<ReadonlyArray<Snapshot>, ReadError> =>
  Effect.gen(function* () {
    const found = new Map<string, Snapshot>()
    for (let end = lineage.n; end > 0 && found.size < limit; end -= page) {
      const from = Math.max(0, end - page)
      const entries = yield* storage.log(lineage, from, end - from)
      for (const entry of entries.toReversed()) {
        if (entry.kind !== kinds.checkpoint || entry.gone || found.has(entry.id)) continue
        const snapshot = yield* log.snapshot(lineage, lineage.epoch, entry)
        if (isWanted(options, snapshot) && found.size < limit) found.set(entry.id, snapshot)
      }
    }
    return [...found.values()]
  })

/** Several lists that are each in their order as one, the newest of their heads first. */
export const merged = (
  lists: ReadonlyArray<ReadonlyArray<Snapshot>>,
  limit = Infinity
): ReadonlyArray<Snapshot> => {
  const next = lists.map(() => 0)
  const all: Array<Snapshot> = []
  while (all.length < limit) {
    let newestOf: Snapshot | undefined
    let from = 0
    for (const [at, list] of lists.entries()) {
      const head = list[next[at] ?? 0]
      if (head !== undefined && (newestOf === undefined || head.at > newestOf.at)) {
        newestOf = head
        from = at
      }
    }
    if (newestOf === undefined) break
    all.push(newestOf)
    next[from] = (next[from] ?? 0) + 1
  }
  return all
}

/** Newest first: by their place in a run, and by time between runs. */
export const newest = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  options: CheckpointList
): Effect.Effect<ReadonlyArray<Snapshot>, ReadError> =>
  Effect.gen(function* () {
    const { limit = defaultLimit, thread } = options
    const found = yield* Effect.forEach(yield* storage.lineages(thread), (lineage) =>
      newestOf(log, storage, lineage, options, limit)
    )
    return merged(found, limit)
  })
