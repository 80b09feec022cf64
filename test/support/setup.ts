/**
 * Keeps the report of a failing property short. A counterexample of many kilobytes on one line makes the runner's own
 * stack parser backtrack for minutes, and nobody reads it.
 */
import * as FastCheck from "effect/FastCheck"

const clip = (line: string): string =>
  line.length <= 400 ? line : `${line.slice(0, 400)}… (${line.length} characters)`

const fail = (details: FastCheck.RunDetails<unknown>): void => {
  if (!details.failed) return
  const report = FastCheck.defaultReportMessage(details) ?? "The property failed."
  const error = new Error(report.split("\n").slice(0, 60).map(clip).join("\n"))
  error.stack = error.message
  throw error
}

FastCheck.configureGlobal({ reporter: fail })
