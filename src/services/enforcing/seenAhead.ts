/** Texts on their way to their judges: where an engine judges many at once, it sees them some hundred at a time before. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Source } from "../RuleEngines.js"
import type { JudgeError } from "./engineJudge.js"

export type Ahead = (sources: ReadonlyArray<Source>) => Effect.Effect<void, JudgeError>

/** How many texts are held at once. */
const size = 512

/** The same texts in the same order. */
export const seenAhead = <E, R>(
  sources: Stream.Stream<Source, E, R>,
  ahead: Ahead | undefined
): Stream.Stream<Source, E | JudgeError, R> =>
  ahead === undefined
    ? sources
    : sources.pipe(
        Stream.grouped(size),
        Stream.mapEffect((chunk) => Effect.as(ahead(Chunk.toReadonlyArray(chunk)), chunk)),
        Stream.flattenChunks
      )
