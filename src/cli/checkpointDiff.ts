/** `aegis checkpoint diff A B`: which places of the state and of the nodes differ between two checkpoints. */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { CheckpointDiff } from "../domain/RunListings.js"
import { compareCheckpoints } from "../services/checkpoints/compare.js"
import { readCheckpoint } from "../services/checkpoints/read.js"
import { RunLog } from "../services/RunLog.js"
import { RunStorage } from "../services/RunStorage.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { meant } from "./refOptions.js"
import { changesView } from "./views/changes.js"

export const checkpointDiff = Effect.fn("aegis checkpoint diff")(function* (options: {
  readonly before: string
  readonly after: string
  readonly thread: Option.Option<string>
}) {
  const output = yield* Output
  const { during } = yield* Progress
  const { thread } = options
  const log = yield* RunLog
  const storage = yield* RunStorage
  const found = yield* Effect.gen(function* () {
    const one = yield* meant({ ref: options.before, thread })
    const other = yield* meant({ ref: options.after, thread })
    const before = yield* readCheckpoint(log, storage, one)
    const after = yield* readCheckpoint(log, storage, other)
    return { before: one.id, after: other.id, ...compareCheckpoints(before, after) }
  }).pipe(during("comparing"))
  yield* output.emit(CheckpointDiff, found, changesView)
})
