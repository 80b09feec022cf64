/** Recomputing every digest. What does not match is taken out of service. */
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { CorruptRow, VerifyReport } from "../../src/domain/CacheReports.js"
import type { ScaffoldStorage } from "../../src/services/ScaffoldStorage.js"
import type { CacheDatabase } from "../CacheDatabase.js"
import { reasonOf } from "../storage/sqlError.js"
import { toHash, toNamespace, toText } from "./digests.js"

type Database = CacheDatabase["Type"]
type Check = Parameters<ScaffoldStorage["Type"]["verify"]>[0]

/** Rows read at a time: they may be large. */
const page = 64

interface Entry {
  readonly id: number
  readonly namespace: unknown
  readonly hash: unknown
  readonly version: number
  readonly prices: string
  readonly tokens: number
  readonly cost: number | null
  readonly header: string
  readonly meta: string
  readonly digest: unknown
  readonly absent: number
}

interface Block {
  readonly id: number
  readonly hash: unknown
  readonly content: unknown
}

/**
 * Checks blocks first: an entry whose block is corrupt or missing is of no use either. Of a table that SQLite cannot read
 * through, no row is counted.
 */
export const verifyScaffolds = (database: Database, check: Check): Effect.Effect<VerifyReport, SqlError> =>
  Effect.gen(function* () {
    const { sql } = database
    const corrupt: Array<CorruptRow> = []
    let damaged = false
    /** What SQLite itself cannot read is damage to be reported, not a reason to fail. */
    const tolerant = <A>(self: Effect.Effect<A, SqlError>, otherwise: A): Effect.Effect<A, SqlError> =>
      Effect.catchIf(
        self,
        (error) => reasonOf(error) === "corrupt",
        () => {
          damaged = true
          return Effect.succeed(otherwise)
        }
      )

    const scanBlocks = inPages<Block>(
      (after) => sql`SELECT id, hash, content FROM block WHERE id > ${after} ORDER BY id LIMIT ${page}`,
      (block) => {
        const hash = toHash(block.hash)
        const problem = check.block(hash, toText(block.content))
        if (problem === undefined) return Effect.void
        corrupt.push({ kind: "block", key: hash, problem })
        return remove(database, "block", block.id, hash, problem)
      }
    )
    const scanEntries = inPages<Entry>(
      (after) => sql`SELECT id, namespace, hash, version, prices, tokens, cost, header, meta, digest, (
          SELECT count(*) FROM entry_block WHERE entry_id = entry.id AND hash NOT IN (SELECT hash FROM block)
        ) AS absent FROM entry WHERE id > ${after} ORDER BY id LIMIT ${page}`,
      (entry) => {
        const hash = toHash(entry.hash)
        const problem =
          check.row(toNamespace(entry.namespace), hash, { ...entry, digest: toHash(entry.digest) }) ??
          (entry.absent === 0 ? undefined : `${entry.absent} of its blocks are missing.`)
        if (problem === undefined) return Effect.void
        corrupt.push({ kind: "entry", key: hash, problem })
        return remove(database, "entry", entry.id, hash, problem)
      }
    )
    const integrity = sql<{ readonly integrity_check: string }>`PRAGMA integrity_check(1)`
    const blocks = yield* tolerant(scanBlocks, 0)
    const entries = yield* tolerant(scanEntries, 0)
    const [answer] = yield* tolerant(integrity, [])
    damaged ||= answer?.integrity_check !== "ok"
    return {
      ok: corrupt.length === 0 && !damaged,
      entries,
      blocks,
      corrupt,
      database: damaged ? ("damaged" as const) : ("ok" as const)
    }
  })

/** Runs over all rows, a page at a time, and counts them. */
const inPages = <Row extends { readonly id: number }>(
  read: (after: number) => Effect.Effect<ReadonlyArray<object>, SqlError>,
  visit: (row: Row) => Effect.Effect<void, SqlError>
): Effect.Effect<number, SqlError> =>
  Effect.gen(function* () {
    let count = 0
    for (let after = 0; ;) {
      // the query names the columns of Row
      const rows = (yield* read(after)) as ReadonlyArray<Row>
      yield* Effect.forEach(rows, visit, { discard: true })
      count += rows.length
      const last = rows.at(-1)
      if (last === undefined || rows.length < page) return count
      after = last.id
    }
  })

const remove = (
  { sql, transaction }: Database,
  kind: CorruptRow["kind"],
  id: number,
  hash: string,
  problem: string
): Effect.Effect<void, SqlError> =>
  Effect.asVoid(
    transaction(
      Effect.zipRight(
        sql`INSERT INTO quarantine ${sql.insert({ kind, hash, problem })}`,
        sql`DELETE FROM ${sql(kind)} WHERE id = ${id}`
      )
    )
  )
