/** Verdicts in the cache database, each with its checksum, behind a memory of the last ones. The oldest go first. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Finding } from "../src/domain/Compliance.js"
import type { Hash } from "../src/domain/Hash.js"
import type { StoreError } from "../src/domain/StoreErrors.js"
import { sha256 } from "../src/prompt/digest.js"
import { VerdictMemo, VerdictMemory } from "../src/services/VerdictMemo.js"
import { CacheDatabase } from "./CacheDatabase.js"
import { toBytes } from "./scaffolds/digests.js"
import { toStoreError } from "./storage/sqlError.js"
import * as WriteBehind from "../src/services/WriteBehind.js"

interface Verdict {
  readonly key: Hash
  readonly findings: string
}

type Row = readonly [findings: string, checksum: number]

/** Rows of `verdict`: most are of files in which nothing was found, of some 100 bytes each. */
const kept = 200_000

const encode = Schema.encodeSync(Schema.parseJson(Schema.Array(Finding)))

/** 48 bits of a digest of the whole row: a verdict that was altered on disk is not believed. */
const checksumOf = ({ findings, key }: Verdict): number =>
  Number.parseInt(sha256(`${key}\n${findings}`).slice(0, 12), 16)

/**
 * Without the schema, which takes longer than all else that an unchanged file takes. The checksum says that it is what was
 * written, the key that this version of Aegis wrote it: what `encode` made of findings, which leaves them as they are.
 */
const decode = (findings: string): ReadonlyArray<Finding> | undefined => {
  try {
    // proved by the checksum and the key, as said above
    return JSON.parse(findings) as ReadonlyArray<Finding>
  } catch {
    return undefined
  }
}

export const make = Effect.gen(function* () {
  const { reader, transaction, sql } = yield* CacheDatabase
  const read = yield* reader.prepareGet<Row>("SELECT findings, checksum FROM verdict WHERE key = ?")
  const memory = new VerdictMemory()
  const behind = yield* WriteBehind.make<Verdict>({
    write: (verdicts) =>
      transaction(
        Effect.zipRight(
          sql`INSERT OR REPLACE INTO verdict ${sql.insert(
            verdicts.map((verdict) => ({
              key: toBytes(verdict.key),
              findings: verdict.findings,
              checksum: checksumOf(verdict)
            }))
          )}`,
          sql`DELETE FROM verdict WHERE id <= (SELECT max(id) FROM verdict) - ${kept}`
        )
      ).pipe(
        Effect.mapError(toStoreError("remember verdicts")),
        Effect.asVoid,
        Effect.withTracerEnabled(false)
      ),
    capacity: kept,
    batch: 256,
    interval: "200 millis"
  })

  /** What the database knows. One that cannot be read knows nothing: the text is judged again. */
  const stored = (key: Hash): ReadonlyArray<Finding> | undefined => {
    const row = Either.getOrElse(read(toBytes(key)), () => undefined)
    if (row === undefined) return undefined
    const [findings, checksum] = row
    if (checksumOf({ key, findings }) !== checksum) return undefined
    return decode(findings)
  }

  return VerdictMemo.of({
    get: (key) =>
      Effect.sync(() => {
        const known = memory.get(key)
        if (known !== undefined) return known
        const found = stored(key)
        if (found !== undefined) memory.put(key, found)
        return found
      }),
    put: (key, findings) =>
      Effect.sync(() => {
        memory.put(key, findings)
        behind.unsafeOffer({ key, findings: encode(findings) })
      })
  })
})

export const layer: Layer.Layer<VerdictMemo, StoreError, CacheDatabase> = Layer.scoped(VerdictMemo, make)
