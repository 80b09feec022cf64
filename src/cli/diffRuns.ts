/** `aegis diff A B` of what is in the run store: two checkpoints, or two nodes. */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { DiffKind } from "../domain/FileDiff.js"
import { RunDiff } from "../domain/RunDiff.js"
import { compareRuns, type Meant } from "../services/comparing/runs.js"
import * as Recordings from "../services/Recordings.js"
import { Differs } from "./Differs.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { meantBy, type WordKind } from "./runWords.js"
import { UsageError } from "./UsageError.js"
import { runPage } from "./views/diff/runPage.js"
import { runView } from "./views/diff/run.js"

export interface RunOptions {
  readonly original: string
  readonly modified: string
  readonly as: DiffKind | undefined
  readonly html: boolean
  readonly sideBySide: boolean
  readonly of: Option.Option<WordKind>
  readonly thread: Option.Option<string>
}

export const diffRuns = Effect.fn("aegis diff runs")(function* (options: RunOptions) {
  const output = yield* Output
  const { during } = yield* Progress
  const found = yield* Effect.gen(function* () {
    const original = yield* meantBy(options.original, options)
    const modified = yield* meantBy(options.modified, options)
    if ((original.node === undefined) !== (modified.node === undefined)) {
      return yield* new UsageError({
        problem: `"${options.original}" is a ${kindOf(original)}, and "${options.modified}" is a ${kindOf(modified)}`,
        fix: "Name two of a kind."
      })
    }
    return yield* compareRuns(original, modified, options.as)
  }).pipe(Effect.provide(Recordings.layer), during("comparing"))
  if (options.html) yield* output.text(runPage(found))
  else
    yield* output.emit(RunDiff, found, (value, style) =>
      Effect.sync(() => runView(value, { ...style, sideBySide: options.sideBySide }))
    )
  if (!found.identical) yield* new Differs()
})

const kindOf = ({ node }: Meant): string => (node === undefined ? "checkpoint" : "node")
