/** Replays every recording, some at a time. What was done is kept, so that it can be cut off and go on. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { FileRefused } from "../domain/FileRefused.js"
import type { Overrides } from "../domain/Overrides.js"
import type { ReplayReport, ReplayResult } from "../domain/ReplayResult.js"
import { ProjectFiles } from "../services/ProjectFiles.js"
import { Recordings } from "../services/Recordings.js"
import { Replay, type ReplayError } from "../services/Replay.js"
import { reportOf, reportText, resultsBefore } from "./replayReport.js"
import { resultLine } from "./views/replay.js"

export interface AllOptions {
  readonly mode: ReplayReport["mode"]
  readonly overrides: Overrides
  readonly concurrency: number
  readonly report: string | undefined
}

/** Milliseconds after which the report is written again: so much is lost at most. */
const pause = 1000

/** What concerns the store concerns every recording; all else only the one that it is about. */
const isOfOne = ({ _tag }: ReplayError): boolean => _tag !== "StoreError"

/** `tell` is given a line for each recording that is done. */
export const replayEach = Effect.fnUntraced(function* (
  options: AllOptions,
  tell: (line: string) => Effect.Effect<void>
) {
  const { mode, overrides, report } = options
  const replay = yield* Replay
  const files = yield* ProjectFiles
  const recordings = yield* (yield* Recordings).list
  const before = report === undefined ? [] : yield* resultsBefore(report, options)
  const known = new Map(before.map((result) => [result.recording, result]))
  const results: Array<ReplayResult> = recordings.flatMap(({ id }) => known.get(id) ?? [])
  const failed: Array<ReplayReport["failed"][number]> = []
  const left = recordings.filter(({ id }) => !known.has(id))
  const position = new Map(recordings.map(({ id }, at) => [id, at]))
  const inOrder = <A extends { readonly recording: string }>(all: ReadonlyArray<A>): ReadonlyArray<A> =>
    [...all].sort((one, other) => (position.get(one.recording) ?? 0) - (position.get(other.recording) ?? 0))
  const soFar = (complete: boolean): ReplayReport =>
    reportOf(mode, overrides, inOrder(results), inOrder(failed), complete)
  const write = (complete: boolean): Effect.Effect<void, FileRefused> =>
    report === undefined
      ? Effect.void
      : Effect.flatMap(reportText(soFar(complete)), (text) => files.write(report, text))

  let written = yield* Clock.currentTimeMillis
  const oneAtATime = yield* Effect.makeSemaphore(1)
  /** Says what came of one, and keeps it. */
  const told = (line: string): Effect.Effect<void, FileRefused> =>
    oneAtATime.withPermits(1)(
      Effect.gen(function* () {
        yield* tell(line)
        const now = yield* Clock.currentTimeMillis
        if (now - written < pause) return
        written = now
        yield* write(false)
      })
    )

  yield* Effect.forEach(
    left,
    ({ id, name }) =>
      (mode === "verify" ? replay.verify(id) : replay.replay(id, overrides)).pipe(
        Effect.matchEffect({
          onSuccess: (result) => {
            results.push(result)
            return told(resultLine(result))
          },
          onFailure: (error): Effect.Effect<void, ReplayError | FileRefused> => {
            if (!isOfOne(error)) return Effect.fail(error)
            failed.push({ recording: id, name, problem: error.message })
            return told(`failed      ${name} ${id.slice(0, 8)}  ${error.message}`)
          }
        })
      ),
    { concurrency: options.concurrency, discard: true }
  ).pipe(Effect.onInterrupt(() => Effect.ignore(write(false))))
  yield* write(true)
  return soFar(true)
})
