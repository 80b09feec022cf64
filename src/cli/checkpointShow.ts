/** `aegis checkpoint show REF`: what a checkpoint is, and what its state consists of; with `--json` all of it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Checkpoint } from "../domain/Checkpoint.js"
import { checkpointEntry } from "../services/checkpoints/entries.js"
import { readCheckpoint } from "../services/checkpoints/read.js"
import { RunLog } from "../services/RunLog.js"
import { RunStorage } from "../services/RunStorage.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { meant, type RefOptions } from "./refOptions.js"
import { checkpointView } from "./views/checkpoint.js"

export const checkpointShow = Effect.fn("aegis checkpoint show")(function* (options: RefOptions) {
  const output = yield* Output
  const { during } = yield* Progress
  const snapshot = yield* meant(options)
  const checkpoint = yield* readCheckpoint(yield* RunLog, yield* RunStorage, snapshot).pipe(during("reading"))
  const view = checkpointView(yield* checkpointEntry(snapshot), yield* Clock.currentTimeMillis)
  yield* output.emit(Checkpoint, checkpoint, view)
})
