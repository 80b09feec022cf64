/** `aegis checkpoint delete THREAD`: deletes a run, or one checkpoint, for good. */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { DeleteReport } from "../domain/RunListings.js"
import { deleteCheckpoint } from "../services/runs/deleteRuns.js"
import { RunLog } from "../services/RunLog.js"
import { RunStorage } from "../services/RunStorage.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { meant } from "./refOptions.js"
import { operand } from "./textInput.js"
import { UsageError } from "./UsageError.js"
import { chosen } from "./views/facts.js"
import { bytes, plural } from "./views/format.js"

const view = (report: DeleteReport): Effect.Effect<string> =>
  Effect.succeed(
    `deleted ${
      report.id === undefined
        ? `thread ${chosen(report.thread)}`
        : `checkpoint ${report.id} of thread ${chosen(report.thread)}`
    }: ${plural(report.entries, "entry", "entries")} and ${plural(report.chunks, "chunk")}, ${bytes(report.bytes)}`
  )

export const checkpointDelete = Effect.fn("aegis checkpoint delete")(function* (options: {
  /** A run, or whatever names a checkpoint. */
  readonly what: string
  readonly thread: Option.Option<string>
  readonly yes: boolean
  readonly force: boolean
}) {
  const log = yield* RunLog
  const storage = yield* RunStorage
  const output = yield* Output
  const { during } = yield* Progress
  const what = yield* operand(options.what)
  const isThread = options.thread._tag === "None" && (yield* storage.lineages(what)).length > 0
  const snapshot = isThread ? undefined : yield* meant({ ref: what, thread: options.thread })
  const named =
    snapshot === undefined
      ? `Thread ${chosen(what)}`
      : `Checkpoint ${snapshot.id} of thread ${chosen(snapshot.lineage.thread)}`
  if (!options.yes) {
    return yield* new UsageError({
      problem: `${named} would be deleted for good`,
      fix: "Add --yes if that is meant; `aegis checkpoint export THREAD` keeps a copy."
    })
  }
  const report = yield* Effect.gen(function* () {
    if (snapshot === undefined) {
      const freed = yield* storage.deleteThread(what)
      log.forget()
      yield* storage.reclaim
      return { thread: what, ...freed }
    }
    const { id, lineage } = snapshot
    const removed = yield* deleteCheckpoint(log, storage, lineage, id, { force: options.force })
    return {
      thread: lineage.thread,
      id,
      entries: removed.entries,
      chunks: removed.chunks,
      bytes: removed.bytes
    }
  }).pipe(during("deleting"))
  yield* output.emit(DeleteReport, report, view)
})
