/**
 * `aegis checkpoint verify`: every digest of the run store computed again. Fails (exit code 1) when something is not what was
 * written, is missing, or was cut off since it was anchored.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type RunProblem, RunVerifyReport } from "../domain/RunReports.js"
import { readAnchors } from "../services/runs/anchor.js"
import { verifyRuns } from "../services/runs/verify.js"
import { RunStorage } from "../services/RunStorage.js"
import { GateFailed } from "./GateFailed.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { textInput } from "./textInput.js"
import { knownThread } from "./threads.js"
import { UsageError } from "./UsageError.js"
import { chosen } from "./views/facts.js"
import { count, plural } from "./views/format.js"
import { paint } from "./views/paint.js"
import type { Style } from "./views/Style.js"

const view = (report: RunVerifyReport, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  const checked = [
    plural(report.checkpoints, "checkpoint"),
    plural(report.entries, "entry", "entries"),
    plural(report.chunks, "chunk")
  ].join(", ")
  const unlisted = report.problemCount - report.problems.length
  return Effect.succeed(
    [
      `${report.ok ? colors.good("ok") : colors.bad("damaged")}  ${checked}`,
      ...report.deleted.map((thread) =>
        colors.faint(`thread ${chosen(thread)} was deleted since it was anchored`)
      ),
      ...report.problems.map(problemLine),
      ...(unlisted > 0 ? [`… ${count(unlisted)} more`] : [])
    ].join("\n")
  )
}

const problemLine = ({ chunk, id, n, path, thread, what }: RunProblem): string => {
  const place = [
    ...(thread === undefined ? [] : [`thread ${chosen(thread)}`]),
    ...(path === undefined || path === "" || path.startsWith("\0") ? [] : [`in ${chosen(path)}`]),
    ...(n === undefined ? [] : [`entry ${count(n)}`]),
    ...(id === undefined ? [] : [`checkpoint ${chosen(id)}`]),
    ...(chunk === undefined ? [] : [`chunk ${chunk}`])
  ].join(", ")
  return place === "" ? what : `${place}: ${what}`
}

const anchorsIn = Effect.fnUntraced(function* (file: string) {
  const text = yield* textInput(Option.some(file), "file of anchors")
  return yield* Effect.mapError(
    readAnchors(text),
    () =>
      new UsageError({
        problem: `"${file}" holds no anchors`,
        fix: "Name a file that `aegis checkpoint anchor` wrote."
      })
  )
})

export const checkpointVerify = Effect.fn("aegis checkpoint verify")(function* (options: {
  readonly thread: Option.Option<string>
  readonly anchor: Option.Option<string>
}) {
  const storage = yield* RunStorage
  const output = yield* Output
  const { during } = yield* Progress
  const anchors = Option.isNone(options.anchor) ? undefined : yield* anchorsIn(options.anchor.value)
  const thread = Option.getOrUndefined(options.thread)
  // one that was anchored may have been taken away: that is for the report to tell
  if (thread !== undefined && anchors === undefined) yield* knownThread(thread)
  const report = yield* verifyRuns(storage, { thread, anchors }).pipe(during("computing every digest again"))
  yield* output.emit(RunVerifyReport, report, view)
  if (report.ok) return
  return yield* new GateFailed({
    found: `The run store is not what was written: ${plural(report.problemCount, "problem")}`,
    fix: "Each is named above. Restore the store from a backup; check the disk, and who can write it."
  })
})
