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

/** Newest first: by their place in a run, and by time between runs. */
export const newest = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  options: CheckpointList
): Effect.Effect<ReadonlyArray<Snapshot>, ReadError> =>
  Effect.gen(function* () {
    const { limit = defaultLimit, thread } = options
    const found: Array<Snapshot> = []
    for (const lineage of yield* storage.lineages(thread)) {
      found.push(...(yield* newestOf(log, storage, lineage, options, limit)))
    }
    return found.sort((one, other) => other.at - one.at).slice(0, limit)
  })
