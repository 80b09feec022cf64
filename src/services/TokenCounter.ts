/**
 * Counting tokens. Owns: tokenising with the encodings that Aegis carries, and counting no text twice. Does not own: which
 * encoding stands for which model (src/prompt/models), or the servers that count for themselves (ProviderAdapter).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Hash } from "../domain/Hash.js"
import type { TokenCount } from "../domain/Measures.js"
import type { Encoding } from "../prompt/models/ModelFacts.js"

/** A text and the SHA-256 of it, by which its count is remembered. */
export interface CountedText {
  readonly hash: Hash
  readonly content: string
}

export class TokenCounter extends Context.Tag("aegis/TokenCounter")<
  TokenCounter,
  {
    /**
     * The tokens of each text in the encoding. Words of more than 1,024 characters are counted in pieces of that length,
     * which can add one token per piece: whole, they would take seconds.
     */
    readonly count: (
      encoding: Encoding,
      texts: ReadonlyArray<CountedText>
    ) => Effect.Effect<ReadonlyArray<TokenCount>>
    /**
     * The tokens of each text as `one` counts them, which is asked for texts that this `estimator` has not counted yet.
     * An empty text has none and is not asked about. Nothing is remembered when it fails.
     */
    readonly countWith: <E, R>(
      estimator: string,
      texts: ReadonlyArray<CountedText>,
      one: (content: string) => Effect.Effect<TokenCount, E, R>
    ) => Effect.Effect<ReadonlyArray<TokenCount>, E, R>
    /** Counts a text at once, for who looks at many that nobody will look at again: nothing is remembered. */
    readonly encoder: (encoding: Encoding) => Effect.Effect<(content: string) => number>
  }
>() {}
