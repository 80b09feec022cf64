/** `aegis diff A B`: how two files differ. Ends with 1 where they do, as `diff` does. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type DiffKind, FileDiff } from "../domain/FileDiff.js"
import { compareTexts } from "../services/compareTexts.js"
import { Differs } from "./Differs.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { textInput } from "./textInput.js"
import { UsageError } from "./UsageError.js"
import { diffPage } from "./views/diff/page.js"
import { diffView } from "./views/diff/view.js"

export const diff = Effect.fn("aegis diff")(function* (options: {
  readonly original: string
  readonly modified: string
  readonly as: Option.Option<DiffKind>
  readonly html: boolean
}) {
  const output = yield* Output
  const { during } = yield* Progress
  if (options.html && output.json) {
    return yield* new UsageError({
      problem: "--html and --json are two results",
      fix: "Ask for one of them."
    })
  }
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
      Effect.sync(() => diffView(value, one, other, style))
    )
  if (!found.identical) yield* new Differs()
})
