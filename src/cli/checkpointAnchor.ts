/**
 * `aegis checkpoint anchor`: the heads of all runs, to be kept where whoever can write the store cannot. What was cut off a
 * run since is then found by `aegis checkpoint verify --anchor FILE`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { anchorRuns, anchorsText } from "../services/runs/anchor.js"
import { RunStorage } from "../services/RunStorage.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { knownThread } from "./threads.js"

export const checkpointAnchor = Effect.fn("aegis checkpoint anchor")(function* (options: {
  readonly thread: Option.Option<string>
}) {
  const output = yield* Output
  const { during } = yield* Progress
  const thread = Option.getOrUndefined(options.thread)
  if (thread !== undefined) yield* knownThread(thread)
  const anchors = yield* anchorRuns(yield* RunStorage, thread).pipe(during("reading"))
  // for a file, whoever reads it
  yield* output.text(anchorsText(anchors))
})
