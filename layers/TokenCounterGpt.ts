/**
 * Token counts by gpt-tokenizer, whose ids are identical to tiktoken's. It is loaded when a text has to be counted that
 * was never counted before: loading takes some 150 ms and 30 MB.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Hash } from "../src/domain/Hash.js"
import type { TokenCount } from "../src/domain/Measures.js"
import type { Encoding } from "../src/prompt/models/ModelFacts.js"
import { TokenCounter, type CountedText } from "../src/services/TokenCounter.js"
import { TokenMemo } from "../src/services/TokenMemo.js"
import { longestPiece, pieces } from "./TokenCounterPieces.js"

/** The number of tokens of a text. */
export type Encode = (text: string) => number

/** Texts of a prompt that a server may be asked about at the same time. */
const serverConcurrency = 4

// `<|endoftext|>` in a file is text like any other; by default the tokenizer throws at it
const plain = { disallowedSpecial: new Set<string>() }

const imports: Readonly<
  Record<Encoding, () => Promise<{ countTokens: (text: string, options: typeof plain) => number }>>
> = {
  o200k_base: () => import("gpt-tokenizer/encoding/o200k_base"),
  cl100k_base: () => import("gpt-tokenizer/encoding/cl100k_base")
}

const load = (encoding: Encoding): Effect.Effect<Encode> =>
  Effect.map(
    Effect.promise(imports[encoding]),
    ({ countTokens }) =>
      (text) =>
        countTokens(text, plain)
  )

/** What the counts are remembered under: it names the tokenizer's major version and the way texts are cut. */
export const memoName = (encoding: Encoding): string => `gpt-tokenizer@4 ${encoding} cut-1024`

/** A counter whose encodings come from `loader`. */
export const makeWith = Effect.fnUntraced(function* (loader: (encoding: Encoding) => Effect.Effect<Encode>) {
  const memo = yield* TokenMemo
  const loaded: Readonly<Record<Encoding, Effect.Effect<Encode>>> = {
    o200k_base: yield* Effect.cached(loader("o200k_base")),
    cl100k_base: yield* Effect.cached(loader("cl100k_base"))
  }

  /** In one go where that is quick, giving way between pieces where it is not. */
  const encodeAll = (
    encode: Encode,
    contents: ReadonlyArray<string>
  ): Effect.Effect<ReadonlyArray<number>> => {
    const total = contents.reduce((length, content) => length + content.length, 0)
    return total < longestPiece
      ? Effect.sync(() => contents.map((content) => sum(pieces(content).map(encode))))
      : Effect.forEach(contents, (content) =>
          Effect.map(
            Effect.forEach(pieces(content), (piece) =>
              Effect.zipLeft(
                Effect.sync(() => encode(piece)),
                Effect.yieldNow()
              )
            ),
            sum
          )
        )
  }

  /** The counts of texts, with `countNew` asked for those that are not remembered. */
  const remembering = <E, R>(
    estimator: string,
    texts: ReadonlyArray<CountedText>,
    countNew: (contents: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<number>, E, R>
  ): Effect.Effect<ReadonlyArray<TokenCount>, E, R> =>
    Effect.flatMap(
      memo.get(
        estimator,
        texts.map(({ hash }) => hash)
      ),
      (known) => {
        const missing = new Map<Hash, string>()
        texts.forEach(({ hash, content }, i) => {
          if (known[i] === undefined && content !== "") missing.set(hash, content)
        })
        const complete = (counted: ReadonlyMap<Hash, number>): ReadonlyArray<TokenCount> =>
          // counted now, or counted before and remembered
          texts.map(({ hash }, i) => (known[i] ?? counted.get(hash) ?? 0) as TokenCount)
        if (missing.size === 0) return Effect.succeed(complete(new Map()))
        return Effect.flatMap(countNew([...missing.values()]), (counts) => {
          const counted = [...missing.keys()].map((hash, i) => [hash, counts[i] ?? 0] as const)
          return Effect.as(memo.put(estimator, counted), complete(new Map(counted)))
        })
      }
    )

  // no spans and no generators: a prompt of which little is new is counted in less time than they take
  const counter: TokenCounter["Type"] = {
    count: (encoding, texts) =>
      remembering(memoName(encoding), texts, (contents) =>
        Effect.flatMap(loaded[encoding], (encode) => encodeAll(encode, contents))
      ),
    encoder: (encoding) =>
      Effect.map(loaded[encoding], (encode) => (content) => sum(pieces(content).map(encode))),
    countWith: (estimator, texts, one) =>
      remembering(estimator, texts, (contents) =>
        Effect.forEach(contents, one, { concurrency: serverConcurrency })
      )
  }
  return counter
})

const sum = (counts: ReadonlyArray<number>): TokenCount =>
  // a sum of token counts is a token count
  counts.reduce((total, count) => total + count, 0) as TokenCount

export const make: Effect.Effect<TokenCounter["Type"], never, TokenMemo> = makeWith(load)

export const layer: Layer.Layer<TokenCounter, never, TokenMemo> = Layer.effect(TokenCounter, make)
