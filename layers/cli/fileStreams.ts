/** Files that are read and written part by part. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as NodeFs from "node:fs"
import type { UsageError } from "../../src/cli/UsageError.js"

const bytesAtOnce = 256 * 1024

/** Hands each part on, and adds up what that gives. */
export const forEachPart = <A, E, R, E2>(
  parts: Stream.Stream<A, E, R>,
  handle: (part: A) => Effect.Effect<number, E2>
): Effect.Effect<number, E | E2, R> =>
  Stream.runFoldEffect(parts, 0, (sum, part) => Effect.map(handle(part), (more) => sum + more))

/** The lines of a file, read anew each time the stream is run. */
export const linesOf = (
  file: string,
  refusal: (cause: unknown) => UsageError
): Stream.Stream<string, UsageError> =>
  Stream.suspend(() =>
    Stream.fromAsyncIterable(
      // with an encoding its parts are texts
      NodeFs.createReadStream(file, {
        encoding: "utf8",
        highWaterMark: bytesAtOnce
      }) as AsyncIterable<string>,
      refusal
    )
  ).pipe(Stream.splitLines)
