/** What only upkeep asks of the run store on Postgres: what chunks cost, and whether rows agree with one another. */
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { Chunk } from "../../src/runs/chunk.js"
import type { Lineage } from "../../src/runs/entry.js"
import { packName, tombstone, unpackName } from "../../src/runs/packed.js"
import type { Held } from "../../src/services/RunStorage.js"
import type { Session } from "./pgSession.js"

type Reading<A> = Effect.Effect<A, SqlError>

export interface Upkeep {
  readonly held: (hashes: ReadonlyArray<Uint8Array>) => Reading<ReadonlyArray<Held | undefined>>
  readonly chunksAfter: (after: Uint8Array | undefined, limit: number) => Reading<ReadonlyArray<Chunk>>
  readonly names: (lineage: Lineage) => Reading<ReadonlyArray<{ readonly name: string; readonly n: number }>>
  readonly wasDeleted: (thread: string) => Reading<boolean>
  readonly check: Reading<ReadonlyArray<string>>
}

/** Problems told of one kind: whoever has more needs a backup, not a longer list. */
const most = 100

/** Rows of a namespace that contradict others, though each of them could be read. `mine` has its lineages. */
const contradictions: ReadonlyArray<readonly [what: string, sql: string]> = [
  [
    "has lost a part of its payload",
    `SELECT format('entry %s of lineage %s', n, lineage) AS name FROM aegis_entry
      WHERE lineage IN (SELECT id FROM mine) AND (meta IS NULL) <> (body IS NULL)`
  ],
  [
    "is a chunk that no run holds",
    `SELECT encode(hash, 'hex') AS name FROM aegis_chunk
      WHERE space = $1 AND NOT EXISTS (SELECT FROM aegis_holding WHERE chunk = aegis_chunk.id)`
  ],
  [
    "is held, but not there",
    `SELECT format('chunk %s of lineage %s', chunk, lineage) AS name FROM aegis_holding
      WHERE lineage IN (SELECT id FROM mine)
        AND NOT EXISTS (SELECT FROM aegis_chunk WHERE aegis_chunk.id = aegis_holding.chunk)`
  ],
  [
    "is a name of nothing",
    `SELECT encode(name, 'hex') AS name FROM aegis_named WHERE space = $1 AND NOT EXISTS (
      SELECT FROM aegis_entry
        WHERE aegis_entry.lineage = aegis_named.lineage AND aegis_entry.n = aegis_named.n)`
  ]
]

export const makeUpkeep = ({ read }: Session, space: number): Upkeep => ({
  held: (hashes) =>
    Effect.map(
      read<{ readonly hash: Buffer; readonly bytes: number; readonly lineages: string }>(
        `SELECT hash, octet_length(data) AS bytes,
            (SELECT count(*) FROM aegis_holding WHERE chunk = aegis_chunk.id) AS lineages
          FROM aegis_chunk WHERE space = $1 AND hash = ANY ($2::bytea[])`,
        [space, hashes]
      ),
      (rows) => {
        const found = new Map(rows.map((row) => [row.hash.toString("hex"), row]))
        return hashes.map((hash) => {
          const row = found.get(Buffer.from(hash).toString("hex"))
          return row && { bytes: row.bytes, lineages: Number(row.lineages) }
        })
      }
    ),
  chunksAfter: (after, limit) =>
    read<Chunk>(
      `SELECT hash, size, deflated, data FROM aegis_chunk
        WHERE space = $1 AND hash > $2::bytea ORDER BY hash LIMIT $3::bigint`,
      [space, after ?? Buffer.alloc(0), limit]
    ),
  names: ({ path, thread }) =>
    Effect.map(
      read<{ readonly name: Uint8Array; readonly n: number }>(
        `SELECT name, aegis_named.n FROM aegis_named JOIN aegis_lineage ON id = lineage
          WHERE aegis_lineage.space = $1 AND thread = $2 AND path = $3 ORDER BY aegis_named.n, name`,
        [space, packName(thread), packName(path)]
      ),
      (rows) => rows.map(({ n, name }) => ({ name: unpackName(name), n }))
    ),
  wasDeleted: (thread) =>
    Effect.map(
      read("SELECT FROM aegis_deleted WHERE space = $1 AND thread = $2", [space, tombstone(thread)]),
      (rows) => rows.length > 0
    ),
  check: Effect.map(
    Effect.forEach(contradictions, ([what, sql]) =>
      Effect.map(
        read<{ readonly name: string }>(
          `WITH mine AS (SELECT id FROM aegis_lineage WHERE space = $1) ${sql} LIMIT ${most}`,
          [space]
        ),
        (rows) => rows.map(({ name }) => `${name} ${what}.`)
      )
    ),
    (found) => found.flat()
  )
})
