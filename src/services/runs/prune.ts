/** Pruning: what a policy does not let stay goes, and its space is given back. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { RunPrunePolicy, RunPruneReport } from "../../domain/RunReports.js"
import type { StoreError } from "../../domain/StoreErrors.js"
import type { RunLog } from "../RunLog.js"
import type { LineageState, RunStorage } from "../RunStorage.js"
import { byPolicy } from "./policy.js"
import { add, nothing, Released, type RemovalError, removeFrom } from "./removal.js"

export interface PruneOptions {
  /** Default false. With true nothing is written, and the report says what would go. */
  readonly dryRun?: boolean | undefined
}

const lineagesOf = (
  storage: RunStorage["Type"],
  threads: ReadonlyArray<string> | undefined
): Effect.Effect<ReadonlyArray<LineageState>, StoreError> =>
  threads === undefined
    ? storage.lineages()
    : Effect.map(
        Effect.forEach(new Set(threads), (thread) => storage.lineages(thread)),
        (found) => found.flat()
      )

/**
 * Removes the checkpoints that the policy does not let stay, with what belongs to them; what those that stay need, stays. Others
 * may read and write meanwhile. A dry run counts the same, chunks that several threads share included.
 */
export const pruneRuns = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  policy: RunPrunePolicy,
  { dryRun = false }: PruneOptions = {}
): Effect.Effect<RunPruneReport, RemovalError> =>
  Effect.gen(function* () {
    const { threads, ...reason } = policy
    const choose = byPolicy(policy, yield* Clock.currentTimeMillis)
    const released = dryRun ? new Released() : undefined
    const sum = nothing()
    for (const lineage of yield* lineagesOf(storage, threads)) {
      const removed = yield* removeFrom(storage, lineage, choose, {
        reason: { policy: reason },
        dryRun: released
      })
      add(sum, removed)
      if (!dryRun && removed.bytes > 0) log.forget()
    }
    if (!dryRun && sum.bytes > 0) yield* storage.reclaim
    return { dryRun, ...sum }
  }).pipe(Effect.withSpan("RunUpkeep.prune"))
