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
const concurrency = 4

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

  const countOne = (encoding: Encoding, content: string): Effect.Effect<TokenCount> =>
    Effect.flatMap(loaded[encoding], (encode) => {
      const cut = pieces(content)
      return content.length < longestPiece
        ? Effect.sync(() => sum(cut.map(encode)))
        : Effect.map(
            Effect.forEach(cut, (piece) =>
              Effect.zipLeft(
                Effect.sync(() => encode(piece)),
                Effect.yieldNow()
              )
            ),
            sum
          )
    })

  const counter: TokenCounter["Type"] = {
    count: Effect.fn("TokenCounter.count")((encoding, texts) =>
      counter.countWith(memoName(encoding), texts, (content) => countOne(encoding, content))
    ),
    countWith: Effect.fnUntraced(function* <E, R>(
      estimator: string,
      texts: ReadonlyArray<CountedText>,
      one: (content: string) => Effect.Effect<TokenCount, E, R>
    ) {
      const known = yield* memo.get(
        estimator,
        texts.map(({ hash }) => hash)
      )
      const missing = new Map<Hash, string>()
      texts.forEach(({ hash, content }, i) => {
        if (known[i] === undefined && content !== "") missing.set(hash, content)
      })
      const counted = new Map(
        yield* Effect.forEach(
          missing,
          ([hash, content]) => Effect.map(one(content), (n) => [hash, n] as const),
          {
            concurrency
          }
        )
      )
      if (counted.size > 0) yield* memo.put(estimator, [...counted])
      return texts.map(({ hash }, i) => (known[i] ?? counted.get(hash) ?? 0) as TokenCount) // counts, or remembered counts
    })
  }
  return counter
})

const sum = (counts: ReadonlyArray<number>): TokenCount =>
  // a sum of token counts is a token count
  counts.reduce((total, count) => total + count, 0) as TokenCount

export const make: Effect.Effect<TokenCounter["Type"], never, TokenMemo> = makeWith(load)

export const layer: Layer.Layer<TokenCounter, never, TokenMemo> = Layer.effect(TokenCounter, make)
