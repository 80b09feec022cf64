/** `aegis checkpoint copy THREAD AS`: a run once more under another name; what is equal is stored once. */
import * as Effect from "effect/Effect"
import { RunCopyReport } from "../domain/RunReports.js"
import { copyThread } from "../services/runs/copy.js"
import { RunStorage } from "../services/RunStorage.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { operand } from "./textInput.js"
import { knownThread } from "./threads.js"
import { copiedView } from "./views/copied.js"

export const checkpointCopy = Effect.fn("aegis checkpoint copy")(function* (options: {
  readonly thread: string
  readonly as: string
}) {
  const output = yield* Output
  const { during } = yield* Progress
  const thread = yield* operand(options.thread)
  yield* knownThread(thread)
  const report = yield* copyThread(yield* RunStorage, thread, yield* operand(options.as)).pipe(
    during("copying")
  )
  yield* output.emit(RunCopyReport, report, copiedView("copied"))
})
