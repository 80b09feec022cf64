/** Proves that nothing was altered: every digest, every chain, every chunk, and what they point to. */
import * as Effect from "effect/Effect"
import type { RunAnchors, RunHead, RunProblem, RunVerifyReport } from "../../domain/RunReports.js"
import type { StoreError } from "../../domain/StoreErrors.js"
import type { LineageState, RunStorage } from "../RunStorage.js"
import { breathe } from "./breathe.js"
import { type ChunkCheck, makeChunkCheck } from "./checkChunks.js"
import { isCorrupt, type Tally, verifyLineage } from "./verifyLineage.js"

export interface VerifyOptions {
  /** Only this thread: chunks that nothing refers to, and the database's own order, are then not looked at. */
  readonly thread?: string | undefined
  /** Heads that were kept elsewhere: what was cut off since, replaced or taken away is found. */
  readonly anchors?: RunAnchors | undefined
}

/** Problems that are listed; all are counted. */
const listed = 1000
/** How often a lineage is read again that was pruned while it was read. */
const attempts = 5

const placeOf = ({ path, thread }: { readonly thread: string; readonly path: string }): string =>
  JSON.stringify([thread, path])

/** A lineage that is pruned or deleted while it is read contradicts itself without a fault: it is read again. */
const settled = (
  storage: RunStorage["Type"],
  state: LineageState,
  anchor: RunHead | undefined,
  chunks: ChunkCheck,
  left = attempts
): Effect.Effect<Tally | undefined, StoreError> =>
  Effect.gen(function* () {
    const tally = yield* verifyLineage(storage, state, anchor, chunks)
    if (tally.problems.length === 0 || left === 0) return tally
    // by its name as it is listed: one that was altered leads to nothing
    const now = (yield* Effect.catchIf(storage.lineages(), isCorrupt, () => Effect.succeed([state]))).find(
      ({ path, thread }) => path === state.path && thread === state.thread
    )
    if (now === undefined) return undefined
    return now.epoch === state.epoch ? tally : yield* settled(storage, now, anchor, chunks, left - 1)
  }).pipe(
    Effect.catchIf(isCorrupt, () => {
      const { path, thread } = state
      const problems = [{ thread, path, what: "cannot be read by the database" }]
      return Effect.succeed({ entries: 0, checkpoints: 0, emptied: 0, unknownParents: 0, problems })
    })
  )

/**
 * Reads the whole store, a page at a time, while others write. Finds a row that was edited, dropped, moved, doubled or forged,
 * and with anchors also a log that was cut off or replaced. What the database itself cannot read is a problem, not a failure.
 */
export const verifyRuns = (
  storage: RunStorage["Type"],
  { anchors, thread }: VerifyOptions = {}
): Effect.Effect<RunVerifyReport, StoreError> =>
  Effect.gen(function* () {
    const problems: Array<RunProblem> = []
    let problemCount = 0
    const tell = (problem: RunProblem): void => {
      problemCount += 1
      if (problems.length < listed) problems.push(problem)
    }
    const tolerant = <A>(
      what: string,
      otherwise: A,
      self: Effect.Effect<A, StoreError>
    ): Effect.Effect<A, StoreError> =>
      Effect.catchIf(self, isCorrupt, () => {
        tell({ what: `The database cannot read ${what}.` })
        return Effect.succeed(otherwise)
      })

    if (anchors !== undefined && anchors.namespace !== storage.namespace) {
      tell({ what: `The anchors are of namespace ${JSON.stringify(anchors.namespace)}.` })
    }
    const heads = new Map<string, RunHead>()
    for (const head of anchors?.namespace === storage.namespace ? anchors.heads : []) {
      if (thread === undefined || head.thread === thread) heads.set(placeOf(head), head)
    }
    const chunks = makeChunkCheck(storage, breathe)
    const deleted = new Set<string>()
    const sum = { lineages: 0, entries: 0, checkpoints: 0, emptied: 0, unknownParents: 0 }
    for (const state of yield* tolerant("the list of runs", [], storage.lineages(thread))) {
      const head = heads.get(placeOf(state))
      heads.delete(placeOf(state))
      const reborn = head !== undefined && (yield* storage.find(state)).reborn
      const replaced = reborn && !(yield* isContinued(storage, state, head))
      if (replaced) deleted.add(state.thread)
      const tally = yield* settled(storage, state, replaced ? undefined : head, chunks)
      if (tally === undefined) continue
      sum.lineages += 1
      sum.entries += tally.entries
      sum.checkpoints += tally.checkpoints
      sum.emptied += tally.emptied
      sum.unknownParents += tally.unknownParents
      for (const problem of tally.problems) tell(problem)
    }
    for (const head of heads.values()) {
      if (yield* storage.wasDeleted(head.thread)) deleted.add(head.thread)
      else {
        tell({
          thread: head.thread,
          path: head.path,
          n: head.n,
          what: "was anchored, and is not there any more"
        })
      }
    }
    let chunkCount = 0
    if (thread === undefined) {
      chunkCount = yield* tolerant(
        "the chunks",
        0,
        chunks.all((hash, what) => tell({ chunk: Buffer.from(hash).toString("hex"), what }))
      )
      for (const what of yield* tolerant("its own pages", [], storage.check)) tell({ what })
    }
    return {
      ok: problemCount === 0,
      ...sum,
      chunks: chunkCount,
      deleted: [...deleted],
      problems,
      problemCount
    }
  }).pipe(Effect.withSpan("RunUpkeep.verify"))

/** Whether a log still has the entry that an anchor names. */
const isContinued = (
  storage: RunStorage["Type"],
  state: LineageState,
  { chain, n }: RunHead
): Effect.Effect<boolean, StoreError> =>
  Effect.map(
    Effect.catchIf(storage.entries(state, [n]), isCorrupt, () => Effect.succeed([])),
    ([entry]) => entry !== undefined && Buffer.from(entry.chain).toString("hex") === chain
  )
