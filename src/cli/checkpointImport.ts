/** `aegis checkpoint import FILE`: takes in a run that was exported, once all of it is proved. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { RunCopyReport } from "../domain/RunReports.js"
import { importThread } from "../services/runs/importThread.js"
import { RunStorage } from "../services/RunStorage.js"
import { Files } from "./Files.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { inputPath, textInput } from "./textInput.js"
import { copiedView } from "./views/copied.js"

/** The lines are gone through twice: those of stdin are kept in between. */
const linesOf = Effect.fnUntraced(function* (file: Option.Option<string>) {
  const files = yield* Files
  const path = yield* inputPath(file, Option.isNone(file) && files.stdinIsTerminal, "file")
  if (path !== "-") return yield* files.lines(path)
  const text = yield* textInput(Option.some("-"), "file")
  return Stream.fromIterable(text.replace(/\n$/, "").split("\n"))
})

export const checkpointImport = Effect.fn("aegis checkpoint import")(function* (options: {
  readonly file: Option.Option<string>
  readonly as: Option.Option<string>
}) {
  const output = yield* Output
  const { during } = yield* Progress
  const lines = yield* linesOf(options.file)
  const report = yield* importThread(yield* RunStorage, lines, {
    as: Option.getOrUndefined(options.as)
  }).pipe(during("importing"))
  yield* output.emit(RunCopyReport, report, copiedView("imported"))
})
