/** `aegis checkpoint prune`: removes old checkpoints. Tips of branches and what is tagged stay. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type RunPrunePolicy, RunPruneReport } from "../domain/RunReports.js"
import { pruneRuns } from "../services/runs/prune.js"
import { RunLog } from "../services/RunLog.js"
import { RunStorage } from "../services/RunStorage.js"
import { atLeast } from "./atLeast.js"
import { duration } from "./measures.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { knownThread } from "./threads.js"
import { UsageError } from "./UsageError.js"
import { bytes, plural } from "./views/format.js"

const view = (report: RunPruneReport): Effect.Effect<string> => {
  const { checkpoints, chunks, dryRun, remaining } = report
  return Effect.succeed(
    `${dryRun ? "would remove" : "removed"} ${plural(checkpoints, "checkpoint")} and ${plural(chunks, "chunk")}, ${bytes(report.bytes)}\n` +
      `${dryRun ? "would leave" : "left"} ${plural(remaining.checkpoints, "checkpoint")}, ${bytes(remaining.bytes)}`
  )
}

export const checkpointPrune = Effect.fn("aegis checkpoint prune")(function* (options: {
  readonly olderThan: Option.Option<string>
  readonly keepLast: Option.Option<number>
  readonly thread: Option.Option<string>
  readonly dryRun: boolean
}) {
  const output = yield* Output
  const { during } = yield* Progress
  const keepLast = yield* atLeast(1, options.keepLast, "--keep-last")
  const olderThanMs = Option.isNone(options.olderThan)
    ? undefined
    : yield* duration(options.olderThan.value, "--older-than")
  if (keepLast === undefined && olderThanMs === undefined) {
    return yield* new UsageError({
      problem: "Nothing says which checkpoints may go",
      fix: "Give --older-than 30d, --keep-last N, or both: then what goes is old and not among the last."
    })
  }
  const thread = Option.getOrUndefined(options.thread)
  if (thread !== undefined) yield* knownThread(thread)
  const policy: RunPrunePolicy = {
    ...(keepLast === undefined ? {} : { keepLast }),
    ...(olderThanMs === undefined ? {} : { olderThanMs }),
    ...(thread === undefined ? {} : { threads: [thread] })
  }
  const { dryRun } = options
  const report = yield* pruneRuns(yield* RunLog, yield* RunStorage, policy, { dryRun }).pipe(
    during("pruning")
  )
  yield* output.emit(RunPruneReport, report, view)
})
