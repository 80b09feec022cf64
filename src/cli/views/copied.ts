/** A run that was taken in. */
import * as Effect from "effect/Effect"
import type { RunCopyReport } from "../../domain/RunReports.js"
import { chosen } from "./facts.js"
import { plural } from "./format.js"

export const copiedView =
  (done: "copied" | "imported") =>
  ({ entries, thread }: RunCopyReport): Effect.Effect<string> =>
    Effect.succeed(
      entries === 0
        ? `thread ${chosen(thread)}: all of it was there already`
        : `${done} as thread ${chosen(thread)}: ${plural(entries, "entry", "entries")}`
    )
