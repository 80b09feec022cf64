/** Token counts in the cache database, each with its checksum, behind a memory of the last ones. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type { Hash } from "../src/domain/Hash.js"
import type { StoreError } from "../src/domain/StoreErrors.js"
import { sha256 } from "../src/prompt/digest.js"
import { CountMemory, TokenMemo } from "../src/services/TokenMemo.js"
import { CacheDatabase } from "./CacheDatabase.js"
import { toBytes } from "./scaffolds/digests.js"
import { toStoreError } from "./storage/sqlError.js"
import * as WriteBehind from "../src/services/WriteBehind.js"

interface Count {
  readonly estimator: string
  readonly hash: Hash
  readonly tokens: number
}

type Row = readonly [tokens: number, checksum: number]

const remembered = 100_000

/** 48 bits of a digest of the whole row: a count that was altered on disk is not believed. */
const checksumOf = ({ estimator, hash, tokens }: Count): number =>
  Number.parseInt(sha256(`${hash}\n${tokens}\n${estimator}`).slice(0, 12), 16)

export const make = Effect.gen(function* () {
  const { reader, sql } = yield* CacheDatabase
  const read = yield* reader.prepareGet<Row>(
    "SELECT tokens, checksum FROM token_count WHERE hash = ? AND estimator = ?"
  )
  const memory = new CountMemory(remembered)
  const behind = yield* WriteBehind.make<Count>({
    write: (counts) =>
      sql`INSERT OR REPLACE INTO token_count ${sql.insert(
        counts.map((count) => ({
          hash: toBytes(count.hash),
          estimator: count.estimator,
          tokens: count.tokens,
          checksum: checksumOf(count)
        }))
      )}`.pipe(
        Effect.mapError(toStoreError("remember token counts")),
        Effect.asVoid,
        Effect.withTracerEnabled(false)
      ),
    capacity: remembered,
    batch: 256,
    interval: "200 millis"
  })

  /** What the database knows. One that cannot be read knows nothing: the text is counted again. */
  const stored = (estimator: string, hash: Hash): number | undefined => {
    const row = Either.getOrElse(read(toBytes(hash), estimator), () => undefined)
    if (row === undefined) return undefined
    const [tokens, checksum] = row
    return checksumOf({ estimator, hash, tokens }) === checksum ? tokens : undefined
  }

  return TokenMemo.of({
    get: (estimator, digests) =>
      Effect.sync(() => {
        const known = memory.get(estimator, digests)
        if (!known.includes(undefined)) return known
        return known.map((count, i) => {
          const hash = digests[i]
          if (count !== undefined || hash === undefined) return count
          const found = stored(estimator, hash)
          if (found !== undefined) memory.put(estimator, [[hash, found]])
          return found
        })
      }),
    put: (estimator, counts) =>
      Effect.sync(() => {
        memory.put(estimator, counts)
        for (const [hash, tokens] of counts) behind.unsafeOffer({ estimator, hash, tokens })
      })
  })
})

export const layer: Layer.Layer<TokenMemo, StoreError, CacheDatabase> = Layer.scoped(TokenMemo, make)
