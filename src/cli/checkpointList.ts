/** `aegis checkpoint list`: the newest checkpoints of all runs, or of one run, branch or name. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CheckpointList } from "../domain/RunListings.js"
import { checkpointEntries } from "../services/checkpoints/entries.js"
import { atLeast } from "./atLeast.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { knownThread } from "./threads.js"
import { listView } from "./views/checkpoint.js"

const defaultLimit = 20

export const checkpointList = Effect.fn("aegis checkpoint list")(function* (options: {
  readonly thread: Option.Option<string>
  readonly branch: Option.Option<string>
  readonly name: Option.Option<string>
  readonly limit: Option.Option<number>
}) {
  const output = yield* Output
  const { during } = yield* Progress
  const limit = (yield* atLeast(1, options.limit, "--limit")) ?? defaultLimit
  const thread = Option.getOrUndefined(options.thread)
  if (thread !== undefined) yield* knownThread(thread)
  const checkpoints = yield* checkpointEntries({
    thread,
    branch: Option.getOrUndefined(options.branch),
    name: Option.getOrUndefined(options.name),
    limit
  }).pipe(during("reading"))
  yield* output.emit(CheckpointList, { checkpoints }, listView(yield* Clock.currentTimeMillis))
})
