/** What does not fit any more goes, least recently used first, and the blocks that only it used. */
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { PrunePolicy, PruneReport } from "../../src/domain/CacheReports.js"
import type { CacheDatabase } from "../CacheDatabase.js"
import { trimChunks } from "../ledger/chunks.js"
import { trimResponses } from "./trimResponses.js"

type Database = CacheDatabase["Type"]

/** Entries are deleted in steps of this size, so that other writers get their turn in between. */
const step = 100
/** Pages given back to the file system in one step: about two milliseconds. */
const vacuumStep = 256
/** Counts remembered at most; they are small, and dear to make again. */
const maxTokenCounts = 500_000
const maxQuarantined = 1000
/** Records of operations kept at most, about: some hundred megabytes. */
const maxRecords = 1_000_000

const lastUse = "max(coalesce(access.last_at, 0), entry.created_at)"

export const pruneScaffolds = (
  database: Database,
  policy: PrunePolicy,
  now: number,
  dryRun: boolean
): Effect.Effect<PruneReport, SqlError> =>
  Effect.gen(function* () {
    const victims = yield* chooseVictims(database, policy, now)
    const before = yield* totals(database)
    const orphans = yield* orphansOf(database, victims)
    if (!dryRun) {
      for (let from = 0; from < victims.length; from += step) {
        yield* remove(database, victims.slice(from, from + step))
      }
      yield* trim(database, policy, now)
      yield* giveBack(database)
    }
    return {
      dryRun,
      entries: victims.length,
      blocks: orphans.blocks,
      bytes: orphans.bytes,
      remaining: {
        entries: before.entries - victims.length,
        contentBytes: before.contentBytes - orphans.bytes
      }
    }
  })

/** Reads totals out of indexes: a rotation must cost nothing while everything fits. */
export const exceeds = (
  database: Database,
  policy: PrunePolicy,
  now: number
): Effect.Effect<boolean, SqlError> =>
  Effect.gen(function* () {
    const { contentBytes, entries } = yield* totals(database)
    const [oldest] = yield* database.sql<{
      readonly usedAt: unknown
    }>`SELECT min(last_at) AS usedAt FROM access`
    return (
      entries > (policy.maxEntries ?? Number.POSITIVE_INFINITY) ||
      contentBytes > (policy.maxBytes ?? Number.POSITIVE_INFINITY) ||
      (policy.maxAgeMs !== undefined && Number(oldest?.usedAt ?? now) < now - policy.maxAgeMs)
    )
  })

/** The ids of the entries that the policy does not let stay, least recently used first. */
const chooseVictims = (
  { sql }: Database,
  policy: PrunePolicy,
  now: number
): Effect.Effect<ReadonlyArray<number>, SqlError> =>
  Effect.gen(function* () {
    const oldest = policy.maxAgeMs === undefined ? Number.NEGATIVE_INFINITY : now - policy.maxAgeMs
    const maxEntries = policy.maxEntries ?? Number.POSITIVE_INFINITY
    const maxBytes = policy.maxBytes ?? Number.POSITIVE_INFINITY
    const rows = yield* sql<{ readonly id: number; readonly usedAt: number; readonly newBytes: number }>`
      WITH used AS (
        SELECT entry.id, ${sql.literal(lastUse)} AS used_at,
          row_number() OVER (ORDER BY ${sql.literal(lastUse)} DESC, entry.id DESC) AS rank
        FROM entry LEFT JOIN access ON access.entry_id = entry.id
      ), first_use AS (
        -- a block counts for the most recently used of its entries: it stays as long as that one
        SELECT entry_block.hash, min(used.rank) AS rank
        FROM entry_block JOIN used ON used.id = entry_block.entry_id GROUP BY entry_block.hash
      ), cost AS (
        SELECT first_use.rank, sum(block.bytes) AS bytes
        FROM first_use JOIN block ON block.hash = first_use.hash GROUP BY first_use.rank
      )
      SELECT used.id, used.used_at AS usedAt, coalesce(cost.bytes, 0) AS newBytes
      FROM used LEFT JOIN cost ON cost.rank = used.rank ORDER BY used.rank`
    let bytes = 0
    const firstVictim = rows.findIndex((row, kept) => {
      bytes += row.newBytes
      return row.usedAt < oldest || kept >= maxEntries || bytes > maxBytes
    })
    return firstVictim === -1
      ? []
      : rows
          .slice(firstVictim)
          .map((row) => row.id)
          .reverse()
  })

const totals = ({
  sql
}: Database): Effect.Effect<{ readonly entries: number; readonly contentBytes: number }, SqlError> =>
  Effect.map(
    sql<{ readonly entries: number; readonly contentBytes: number }>`
      SELECT (SELECT count(*) FROM entry) AS entries, (SELECT coalesce(sum(bytes), 0) FROM block) AS contentBytes`,
    (rows) => rows[0] ?? { entries: 0, contentBytes: 0 }
  )

/** The blocks that nothing would refer to without the victims. */
const orphansOf = (
  { sql }: Database,
  victims: ReadonlyArray<number>
): Effect.Effect<{ readonly blocks: number; readonly bytes: number }, SqlError> =>
  Effect.map(
    sql<{ readonly blocks: number; readonly bytes: number }>`
      SELECT count(*) AS blocks, coalesce(sum(bytes), 0) AS bytes FROM block
      WHERE hash NOT IN (
        SELECT hash FROM entry_block WHERE entry_id NOT IN (SELECT value FROM json_each(${JSON.stringify(victims)})))`,
    (rows) => rows[0] ?? { blocks: 0, bytes: 0 }
  )

/** Deletes entries; their blocks go in `trim`. */
const remove = ({ sql }: Database, victims: ReadonlyArray<number>): Effect.Effect<void, SqlError> =>
  Effect.asVoid(sql`DELETE FROM entry WHERE id IN (SELECT value FROM json_each(${JSON.stringify(victims)}))`)

/** Removes the blocks that no entry has. They are found by their index: the table holds the texts. */
export const removeOrphans = ({ sql }: Database): Effect.Effect<void, SqlError> =>
  Effect.asVoid(
    sql`DELETE FROM block WHERE id IN (SELECT id FROM block WHERE hash NOT IN (SELECT hash FROM entry_block))`
  )

/** Bounds the side tables, and removes blocks that no entry has. */
const trim = (database: Database, policy: PrunePolicy, now: number): Effect.Effect<void, SqlError> => {
  const { sql, step: inOneStep } = database
  const { maxAgeMs, maxBytes } = policy
  return Effect.all(
    [
      removeOrphans(database),
      inOneStep((run) =>
        trimResponses(run, { maxBytes, ...(maxAgeMs === undefined ? {} : { since: now - maxAgeMs }) })
      ),
      sql`DELETE FROM token_count WHERE id <= (SELECT max(id) FROM token_count) - ${maxTokenCounts}`,
      sql`DELETE FROM quarantine WHERE id <= (SELECT max(id) FROM quarantine) - ${maxQuarantined}`,
      inOneStep((run, get) => trimChunks(run, get, maxRecords))
    ],
    { discard: true }
  )
}

/** Gives freed pages back to the file system once they are more than a quarter of the file. */
const giveBack = ({ sql, step: inOneStep }: Database): Effect.Effect<void, SqlError> =>
  Effect.gen(function* () {
    const [pages] = yield* sql<{ readonly free: number; readonly total: number }>`
      SELECT freelist_count AS free, page_count AS total FROM pragma_freelist_count, pragma_page_count`
    if (pages === undefined || pages.free * 4 <= pages.total) return
    for (let left = pages.free; left > 0; left -= vacuumStep) {
      yield* inOneStep((run) => {
        // one page at a time: the driver takes one step of a statement without columns, and a step is a page
        for (let page = Math.min(left, vacuumStep); page > 0; page -= 1) run("PRAGMA incremental_vacuum(1)")
      })
    }
    yield* sql.unsafe("PRAGMA wal_checkpoint(PASSIVE)")
  })
