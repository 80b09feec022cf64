/** What only upkeep asks of the run store on SQLite: what chunks cost, and whether the database is in order. */
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { StoreError } from "../../src/domain/StoreErrors.js"
import { tombstone, unpackName } from "../../src/runs/packed.js"
import { breathe } from "../../src/services/runs/breathe.js"
import type { RunStorage } from "../../src/services/RunStorage.js"
import type { HotReader } from "../storage/HotReader.js"
import { reasonOf, toStoreError } from "../storage/sqlError.js"
import type { SqliteClient } from "../storage/SqliteClient.js"
import type { Get } from "../storage/SqliteWire.js"
import { span } from "./places.js"

type Storage = RunStorage["Type"]

/** Pages given back to the file system in one transaction: about two milliseconds. */
const vacuumStep = 64
/** Problems told of one kind: whoever has more needs a backup, not a longer list. */
const most = 100

/** Rows that contradict others, though each of them could be read. `space` is the namespace's. */
const contradictions: ReadonlyArray<readonly [what: string, sql: string]> = [
  [
    "is filed under another run",
    `SELECT place, hex(id) AS name FROM entry WHERE lineage <> place / ${span} LIMIT ${most}`
  ],
  [
    "belongs to no run",
    `SELECT place, hex(id) AS name FROM entry
      WHERE place / ${span} NOT IN (SELECT id FROM lineage) LIMIT ${most}`
  ],
  [
    "is neither gone nor there",
    `SELECT place, hex(id) AS name FROM entry WHERE gone NOT IN (0, 1) LIMIT ${most}`
  ],
  [
    "has lost a part of its payload",
    `SELECT place, hex(id) AS name FROM entry WHERE (meta IS NULL) <> (body IS NULL) LIMIT ${most}`
  ],
  [
    "is a chunk neither deflated nor whole",
    `SELECT NULL AS place, hex(hash) AS name FROM chunk WHERE deflated NOT IN (0, 1) LIMIT ${most}`
  ],
  [
    "is a chunk of no namespace",
    `SELECT NULL AS place, hex(hash) AS name FROM chunk WHERE space NOT IN (SELECT id FROM space) LIMIT ${most}`
  ],
  [
    "is a chunk that no run holds",
    `SELECT NULL AS place, hex(hash) AS name FROM chunk WHERE id NOT IN (SELECT chunk FROM holding) LIMIT ${most}`
  ],
  [
    "is held, but not there",
    `SELECT lineage * ${span} AS place, 'chunk ' || chunk AS name FROM holding
      WHERE chunk NOT IN (SELECT id FROM chunk) LIMIT ${most}`
  ],
  [
    "is held by no run",
    `SELECT NULL AS place, 'chunk ' || chunk AS name FROM holding
      WHERE lineage NOT IN (SELECT id FROM lineage) LIMIT ${most}`
  ],
  [
    "is a name of nothing",
    `SELECT NULL AS place, hex(name) AS name FROM named WHERE place NOT IN (SELECT place FROM entry) LIMIT ${most}`
  ]
]

type ChunkRow = readonly [hash: Uint8Array, deflated: number, size: number, data: Uint8Array]

export const makeUpkeep = (
  client: SqliteClient,
  reader: HotReader,
  space: number
): Effect.Effect<Pick<Storage, "held" | "chunksAfter" | "wasDeleted" | "check">, StoreError> =>
  Effect.gen(function* () {
    const heldRow = yield* reader.prepareGet<[bytes: number, lineages: number]>(
      `SELECT length(data), (SELECT count(*) FROM holding WHERE holding.chunk = chunk.id) FROM chunk
        WHERE space = ? AND hash = ?`
    )
    const chunkRows = yield* reader.prepareAll<ChunkRow>(
      "SELECT hash, deflated, size, data FROM chunk WHERE space = ? AND hash > ? ORDER BY hash LIMIT ?"
    )
    const deletedRow = yield* reader.prepareGet<[1]>("SELECT 1 FROM deleted WHERE space = ? AND thread = ?")
    const lineageRow = yield* reader.prepareGet<[thread: Uint8Array, path: Uint8Array]>(
      "SELECT thread, path FROM lineage WHERE id = ? AND space = ?"
    )

    const placeOf = (place: number | null): string => {
      if (place === null) return ""
      const found = Either.getOrElse(lineageRow(Math.floor(place / span), space), () => undefined)
      const thread = found === undefined ? "" : ` of thread ${JSON.stringify(unpackName(found[0]))}`
      const path = found === undefined ? "" : ` path ${JSON.stringify(unpackName(found[1]))}`
      return `entry ${place % span}${thread}${path}: `
    }

    /** What SQLite cannot read through is damage as well. */
    const tolerant = (
      what: string,
      self: Effect.Effect<ReadonlyArray<string>, SqlError>
    ): Effect.Effect<ReadonlyArray<string>, SqlError> =>
      Effect.catchIf(
        self,
        (error) => reasonOf(error) === "corrupt",
        () => Effect.succeed([`SQLite cannot read ${what}.`])
      )

    const integrity = Effect.map(
      client<{ readonly integrity_check: string }>`PRAGMA integrity_check(100)`,
      (rows) => rows.map((row) => row.integrity_check).filter((answer) => answer !== "ok")
    )

    const check = Effect.gen(function* () {
      const found = [...(yield* tolerant("its own pages", integrity))]
      for (const [what, sql] of contradictions) {
        const rows = client.unsafe<{ readonly place: number | null; readonly name: string }>(sql)
        found.push(
          ...(yield* tolerant(
            `the rows of which one ${what}`,
            Effect.map(rows, (all) => all.map(({ name, place }) => `${placeOf(place)}${name} ${what}.`))
          ))
        )
        yield* breathe
      }
      return found
    })

    return {
      held: (hashes) =>
        Effect.suspend(() =>
          Either.all(
            hashes.map((hash) =>
              Either.map(heldRow(space, hash), (row) => row && { bytes: row[0], lineages: row[1] })
            )
          )
        ),
      chunksAfter: (after, limit) =>
        Effect.suspend(() =>
          Either.map(chunkRows(space, after ?? Buffer.alloc(0), limit), (rows) =>
            rows.map(([hash, deflated, size, data]) => ({
              hash: Buffer.from(hash),
              deflated: deflated === 1,
              size,
              data
            }))
          )
        ),
      wasDeleted: (thread) =>
        Effect.suspend(() => Either.map(deletedRow(space, tombstone(thread)), (row) => row !== undefined)),
      check: Effect.mapError(check, toStoreError("RunStorage.check"))
    }
  })

/** Gives free pages back, a little at a time, and empties the log. */
export const reclaim = (client: SqliteClient): Effect.Effect<void, StoreError> =>
  Effect.gen(function* () {
    const free = (get: Get): number => get<[pages: number]>("PRAGMA freelist_count")?.[0] ?? 0
    const giveBack = client.step((run, get) => {
      // one page at a time: the driver takes one step of a statement without columns, and a step is a page
      for (let left = Math.min(free(get), vacuumStep); left > 0; left -= 1)
        run("PRAGMA incremental_vacuum(1)")
      return free(get)
    })
    for (let before = Number.POSITIVE_INFINITY, left = yield* giveBack; left > 0 && left < before;) {
      yield* breathe
      before = left
      left = yield* giveBack
    }
    yield* client`PRAGMA wal_checkpoint(TRUNCATE)`
  }).pipe(Effect.mapError(toStoreError("RunStorage.reclaim")))
