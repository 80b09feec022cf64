/** `aegis checkpoint log [REF]`: the checkpoints of a run as a graph, or with `--events` everything that happened to it. */
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { CheckpointLog } from "../domain/CheckpointLog.js"
import { EventLog } from "../domain/RunListings.js"
import { checkpointEntries, checkpointLog as read } from "../services/checkpoints/entries.js"
import { CheckpointStore } from "../services/CheckpointStore.js"
import { RunStorage } from "../services/RunStorage.js"
import { atLeast } from "./atLeast.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { meant } from "./refOptions.js"
import { knownThread } from "./threads.js"
import { UsageError } from "./UsageError.js"
import { eventsView, graphView } from "./views/checkpointLog.js"

export interface LogOptions {
  /** Only this checkpoint and what it came from. */
  readonly ref: Option.Option<string>
  /** Default: the run of the newest checkpoint. */
  readonly thread: Option.Option<string>
  readonly limit: Option.Option<number>
  readonly events: boolean
}

const defaultLimit = 100

/** The run whose history is wanted, and the checkpoint up to which. */
const wanted = Effect.fnUntraced(function* ({ ref, thread }: LogOptions) {
  if (Option.isSome(ref)) {
    const { id, lineage } = yield* meant({ ref: ref.value, thread })
    return { thread: lineage.thread, upTo: id }
  }
  if (Option.isSome(thread)) {
    yield* knownThread(thread.value)
    return { thread: thread.value, upTo: undefined }
  }
  const [newest] = yield* checkpointEntries({ limit: 1 })
  return newest === undefined
    ? yield* new UsageError({
        problem: "No checkpoint has been saved yet",
        fix: "`aegis checkpoint save FILE` saves one."
      })
    : { thread: newest.thread, upTo: undefined }
})

export const checkpointLog = Effect.fn("aegis checkpoint log")(function* (options: LogOptions) {
  const output = yield* Output
  const { during } = yield* Progress
  const limit = yield* atLeast(1, options.limit, "--limit")
  const { thread, upTo } = yield* wanted(options)
  if (options.events) {
    const store = yield* CheckpointStore
    const entries = yield* Stream.runCollect(
      limit === undefined ? store.log(thread) : Stream.takeRight(store.log(thread), limit)
    ).pipe(during("reading"))
    return yield* output.emit(EventLog, { thread, entries: Chunk.toReadonlyArray(entries) }, eventsView)
  }
  const log = yield* read(thread, { upTo, limit: limit ?? defaultLimit }).pipe(during("reading"))
  const named = Option.isSome(options.ref) || Option.isSome(options.thread)
  const all = named ? [] : yield* (yield* RunStorage).lineages()
  const others = new Set(all.map((lineage) => lineage.thread)).size - 1
  yield* output.emit(CheckpointLog, log, graphView(yield* Clock.currentTimeMillis, Math.max(0, others)))
})
