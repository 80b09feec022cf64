/** `aegis diff A B`: how two files differ, or two runs. Ends with 1 where they do, as `diff` does. */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type DiffKind, FileDiff } from "../domain/FileDiff.js"
import { compareTexts } from "../services/compareTexts.js"
import type { RunServices } from "./commandLine.js"
import { Differs } from "./Differs.js"
import { Files } from "./Files.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import type { WordKind } from "./runWords.js"
import { textInput } from "./textInput.js"
import { UsageError } from "./UsageError.js"
import { diffPage } from "./views/diff/page.js"
import { diffView } from "./views/diff/view.js"

export interface DiffOptions {
  readonly original: string
  readonly modified: string
  readonly as: Option.Option<DiffKind>
  readonly html: boolean
  readonly sideBySide: boolean
  /** What both words are. Else files, if there are such. */
  readonly of: Option.Option<WordKind>
  /** The run to look in: what is looked for is no file then. */
  readonly thread: Option.Option<string>
}

/** The run store is opened only where no files are compared. */
export const diff = Effect.fn("aegis diff")(function* <E>(
  options: DiffOptions,
  runs: Layer.Layer<RunServices, E>
) {
  const output = yield* Output
  if (options.html && output.json) {
    return yield* new UsageError({
      problem: "--html and --json are two results",
      fix: "Ask for one of them."
    })
  }
  if (yield* areFiles(options)) return yield* diffFiles(options)
  const { diffRuns } = yield* Effect.promise(() => import("./diffRuns.js"))
  yield* Effect.provide(diffRuns({ ...options, as: Option.getOrUndefined(options.as) }), runs)
})

const areFiles = ({
  modified,
  of,
  original,
  thread
}: DiffOptions): Effect.Effect<boolean, UsageError, Files> =>
  Effect.gen(function* () {
    if (Option.isSome(of)) return of.value === "files"
    if (Option.isSome(thread)) return false
    const { exists } = yield* Files
    const isFile = (word: string): Effect.Effect<boolean> =>
      word === "-" ? Effect.succeed(true) : exists(word)
    const found = [yield* isFile(original), yield* isFile(modified)]
    if (found[0] === found[1]) return found[0] === true
    const [file, other] = found[0] === true ? [original, modified] : [modified, original]
    return yield* new UsageError({
      problem: `There is no file "${other}" to compare with the file "${file}"`,
      fix: "Check the path; for what is in the run store say --of checkpoints, branches or nodes."
    })
  })

const diffFiles = Effect.fnUntraced(function* (options: DiffOptions) {
  const output = yield* Output
  const { during } = yield* Progress
  if (options.original === "-" && options.modified === "-") {
    return yield* new UsageError({ problem: "Both files are stdin", fix: "Name one of them." })
  }
  const one = yield* textInput(Option.some(options.original), "file")
  const other = yield* textInput(Option.some(options.modified), "file")
  // what comes on stdin is as the other one is
  const pathOf = (path: string, counterpart: string): string => (path === "-" ? counterpart : path)
  const original = { path: pathOf(options.original, options.modified), text: one }
  const modified = { path: pathOf(options.modified, options.original), text: other }
  const found = yield* compareTexts(original, modified, Option.getOrUndefined(options.as)).pipe(
    during("comparing")
  )
  const shown = { ...found, original: options.original, modified: options.modified }
  if (options.html) yield* output.text(diffPage(shown, one, other))
  else
    yield* output.emit(FileDiff, shown, (value, style) =>
      Effect.sync(() => diffView(value, one, other, { ...style, sideBySide: options.sideBySide }))
    )
  if (!found.identical) yield* new Differs()
})
