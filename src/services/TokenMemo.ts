/**
 * Token counts by content: what was counted once is never counted again. Owns: remembering. Does not own: counting.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Hash } from "../domain/Hash.js"

export class TokenMemo extends Context.Tag("aegis/TokenMemo")<
  TokenMemo,
  {
    /** The counts by this estimator, in the order of the digests; undefined where it was not counted yet. */
    readonly get: (
      estimator: string,
      digests: ReadonlyArray<Hash>
    ) => Effect.Effect<ReadonlyArray<number | undefined>>
    /** Remembers. A memo that cannot write forgets; it never fails a caller. */
    readonly put: (
      estimator: string,
      counts: ReadonlyArray<readonly [digest: Hash, tokens: number]>
    ) => Effect.Effect<void>
  }
>() {}

/** Remembers in memory, up to `capacity` counts, the oldest going first. */
export const makeMemory = (capacity: number): TokenMemo["Type"] => {
  const counts = new Map<string, number>()
  return {
    get: (estimator, digests) =>
      Effect.sync(() => digests.map((digest) => counts.get(`${estimator}\n${digest}`))),
    put: (estimator, entries) =>
      Effect.sync(() => {
        for (const [digest, tokens] of entries) counts.set(`${estimator}\n${digest}`, tokens)
        for (const oldest of counts.keys()) {
          if (counts.size <= capacity) break
          counts.delete(oldest)
        }
      })
  }
}

export const layerMemory: Layer.Layer<TokenMemo> = Layer.sync(TokenMemo, () => makeMemory(100_000))
