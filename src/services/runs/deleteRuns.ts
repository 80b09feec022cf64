/** Deleting single checkpoints and whole runs of LangGraph, whatever a policy says. What others need of them stays. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { CheckpointNamed, RunNotFound, type ThreadDeleted } from "../../domain/RunErrors.js"
import type { StoreError } from "../../domain/StoreErrors.js"
import { type Entry, kinds, type Lineage } from "../../runs/entry.js"
import { readCheckpoint, runIdOf } from "../../runs/needs.js"
import { event } from "../checkpoints/refs.js"
import type { RunLog } from "../RunLog.js"
import type { RunStorage } from "../RunStorage.js"
import { breathe } from "./breathe.js"
import { type Choose, living } from "./policy.js"
import { add, nothing, type RemovalError, type Removed, removeFrom } from "./removal.js"

/** Entries read at a time. */
const page = 100

const isOf = (runIds: ReadonlySet<string>, entry: Entry): boolean => {
  if (entry.kind !== kinds.checkpoint || entry.gone) return false
  const read = readCheckpoint(entry)
  const runId = read && runIdOf(read)
  return runId !== undefined && runIds.has(runId)
}

const hasRun = (
  storage: RunStorage["Type"],
  lineage: Lineage,
  runIds: ReadonlySet<string>
): Effect.Effect<boolean, StoreError> =>
  Effect.gen(function* () {
    for (let after = 0; ;) {
      const entries = yield* storage.log(lineage, after, page)
      if (entries.some((entry) => isOf(runIds, entry))) return true
      if (entries.length < page) return false
      after = entries.at(-1)?.n ?? after
      yield* breathe
    }
  })

/** The kinds of entries that speak of names. */
const saidBy = { branch: kinds.branch, tag: kinds.tag, name: kinds.note } as const

/** Names that point to what is gone. */
const dropNames = (
  storage: RunStorage["Type"],
  lineage: Lineage
): Effect.Effect<void, StoreError | RemovalError | ThreadDeleted> =>
  Effect.gen(function* () {
    const at = yield* Clock.currentTimeMillis
    for (const ref of yield* storage.refs(lineage)) {
      const [entry] = yield* storage.entries(lineage, [ref.n])
      if (entry !== undefined && !entry.gone) continue
      const draft = event(saidBy[ref.kind], "", at, { name: ref.name, dropped: true })
      yield* storage.dropRef(lineage, ref, draft)
    }
  })

const remove = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  lineage: Lineage,
  choose: Choose,
  reason: string
): Effect.Effect<Removed, RemovalError> =>
  Effect.gen(function* () {
    const removed = yield* removeFrom(storage, lineage, choose, { reason: { reason } })
    // a thread that was deleted meanwhile has no names any more
    yield* Effect.catchTag(dropNames(storage, lineage), "ThreadDeleted", () => Effect.void)
    log.forget()
    return removed
  })

/**
 * Deletes the checkpoints that were put with one of these as `run_id`, in all threads, and what belongs to them: also those that
 * are tagged, or the tip of a branch. No index leads to a run: every log is read.
 */
export const deleteForRuns = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  runIds: ReadonlyArray<string>
): Effect.Effect<Removed, RemovalError> =>
  Effect.gen(function* () {
    const wanted = new Set(runIds)
    const sum = nothing()
    if (wanted.size === 0) return sum
    const choose: Choose = (ledger) =>
      Effect.sync(
        () =>
          new Set(
            living(ledger)
              .flat()
              .filter(({ runId }) => runId !== undefined && wanted.has(runId))
              .map(({ n }) => n)
          )
      )
    for (const lineage of yield* storage.lineages()) {
      if (!(yield* hasRun(storage, lineage, wanted))) continue
      add(sum, yield* remove(log, storage, lineage, choose, "run"))
    }
    if (sum.bytes > 0) yield* storage.reclaim
    return sum
  }).pipe(Effect.withSpan("RunUpkeep.deleteForRuns"))

/** Deletes one checkpoint with what belongs to it. One that is tagged, or the tip of a named branch, only with `force`. */
export const deleteCheckpoint = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  lineage: Lineage,
  id: string,
  { force = false }: { readonly force?: boolean | undefined } = {}
): Effect.Effect<Removed, RemovalError | RunNotFound | CheckpointNamed> =>
  Effect.gen(function* () {
    const { checkpoint } = yield* storage.find(lineage, id)
    if (checkpoint === undefined) return yield* new RunNotFound({ kind: "checkpoint", name: id })
    const names: Array<string> = []
    for (const { kind, n, name } of yield* storage.refs(lineage)) {
      if (kind === "name") continue
      const [entry] = yield* storage.entries(lineage, [n])
      if (entry?.id === id) names.push(kind === "tag" ? `tagged "${name}"` : `the tip of branch "${name}"`)
    }
    if (names.length > 0 && !force) return yield* new CheckpointNamed({ id, names })
    const choose: Choose = (ledger) =>
      Effect.sync(
        () => new Set((ledger.checkpoints.get(id) ?? []).filter(({ gone }) => !gone).map(({ n }) => n))
      )
    const removed = yield* remove(log, storage, lineage, choose, "checkpoint")
    if (removed.bytes > 0) yield* storage.reclaim
    return removed
  }).pipe(Effect.withSpan("RunUpkeep.deleteCheckpoint"))
