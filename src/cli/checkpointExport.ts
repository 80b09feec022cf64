/** `aegis checkpoint export THREAD`: a run as lines of text that prove themselves, to stdout or into a new file. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ExportReport } from "../domain/RunListings.js"
import { exportThread } from "../services/runs/exportThread.js"
import { RunStorage } from "../services/RunStorage.js"
import { Files } from "./Files.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { operand } from "./textInput.js"
import { knownThread } from "./threads.js"
import { UsageError } from "./UsageError.js"
import { chosen } from "./views/facts.js"
import { bytes } from "./views/format.js"

const view = (report: ExportReport): Effect.Effect<string> =>
  Effect.succeed(`exported thread ${chosen(report.thread)} to ${report.file}, ${bytes(report.bytes)}`)

export const checkpointExport = Effect.fn("aegis checkpoint export")(function* (options: {
  readonly thread: string
  readonly output: Option.Option<string>
}) {
  const output = yield* Output
  const { during } = yield* Progress
  const thread = yield* operand(options.thread)
  yield* knownThread(thread)
  const lines = Stream.map(exportThread(yield* RunStorage, thread), (line) => `${line}\n`)
  if (Option.isNone(options.output)) return yield* Stream.runForEach(lines, output.text)
  const file = options.output.value
  const written = yield* (yield* Files).write(file, lines).pipe(during("exporting"))
  if (Option.isNone(written)) {
    return yield* new UsageError({
      problem: `"${file}" is there already`,
      fix: "Name a new file: nothing is overwritten."
    })
  }
  yield* output.emit(ExportReport, { thread, file, bytes: written.value }, view)
})
