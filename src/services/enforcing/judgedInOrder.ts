/** Texts and what was found in each: what is known at once, the rest some at a time. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Source } from "../RuleEngines.js"
import type { Prepared } from "../Enforcer.js"
import type { FileVerdict, JudgeError } from "./engineJudge.js"

/** Texts that are judged side by side. */
const concurrency = 2

interface Recalled {
  readonly source: Source
  readonly findings: FileVerdict["findings"] | undefined
}

const isKnown = (one: Recalled): one is FileVerdict => one.findings !== undefined

/** In the order of the texts. What stands before the first text that nobody knows waits for nothing. */
export const judgedInOrder = <E, R>(
  sources: Stream.Stream<Source, E, R>,
  { judge, recall }: Pick<Prepared, "judge" | "recall">
): Stream.Stream<FileVerdict, E | JudgeError, R> =>
  sources.pipe(
    Stream.mapChunksEffect((chunk) =>
      Effect.map(
        Effect.forEach(chunk, (source): Effect.Effect<Recalled> =>
          Effect.map(recall(source), (findings) => ({ source, findings }))
        ),
        (recalled) => Chunk.of(Chunk.unsafeFromArray(recalled))
      )
    ),
    Stream.flatMap((recalled) => {
      const known = Chunk.takeWhile(recalled, isKnown)
      const rest = Stream.fromChunk(Chunk.drop(recalled, known.length)).pipe(
        Stream.mapEffect(
          (one) =>
            isKnown(one)
              ? Effect.succeed(one)
              : Effect.map(judge(one.source), (findings): FileVerdict => ({ source: one.source, findings })),
          { concurrency }
        )
      )
      // a fiber for each text takes longer than to read, to hash and to look up the text
      return known.length === recalled.length
        ? Stream.fromChunk(known)
        : Stream.concat(Stream.fromChunk(known), rest)
    })
  )
