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

type Counts = ReadonlyArray<readonly [digest: Hash, tokens: number]>

/** The last `capacity` counts. */
export class CountMemory {
  readonly #counts = new Map<string, number>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get(estimator: string, digests: ReadonlyArray<Hash>): ReadonlyArray<number | undefined> {
    return digests.map((digest) => this.#counts.get(`${estimator}\n${digest}`))
  }

  put(estimator: string, counts: Counts): void {
    for (const [digest, tokens] of counts) this.#counts.set(`${estimator}\n${digest}`, tokens)
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= this.#capacity) break
      this.#counts.delete(oldest)
    }
  }
}

/** Remembers in memory, up to `capacity` counts, the oldest going first. */
export const makeMemory = (capacity: number): TokenMemo["Type"] => {
  const memory = new CountMemory(capacity)
  return {
    get: (estimator, digests) => Effect.sync(() => memory.get(estimator, digests)),
    put: (estimator, counts) => Effect.sync(() => memory.put(estimator, counts))
  }
}

export const layerMemory: Layer.Layer<TokenMemo> = Layer.sync(TokenMemo, () => makeMemory(100_000))
