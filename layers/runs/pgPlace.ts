/** Where a lineage stands on Postgres: what an append has to know, and what is remembered between two. */
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { genesis, type Head } from "../../src/runs/chain.js"
import type { Lineage, RefKind } from "../../src/runs/entry.js"
import { packName, tombstone, unpackName } from "../../src/runs/packed.js"
import type { PointsTo } from "../../src/services/appending.js"
import type { Session } from "./pgSession.js"
import { epochOf } from "./places.js"

export interface Place {
  /** Nothing when the lineage has yet to begin. */
  readonly row: { readonly id: number; readonly epoch: number } | undefined
  readonly head: Head
  /** Deletions in the space when it was read: a lineage begins only while none was added. */
  readonly deletions: number
  readonly isDeleted: boolean
}

/** The columns of a place, of `placeTables`. */
export const placeColumns = `aegis_space.deletions, aegis_lineage.id AS lineage, aegis_lineage.epoch,
  aegis_lineage.reborn, aegis_lineage.n AS head_n, aegis_lineage.chain AS head_chain,
  aegis_deleted.thread IS NOT NULL AS is_deleted`

/** Gives one row, whether the lineage is there or not. Its parameters are `placeParams`. */
export const placeTables = `aegis_space
  LEFT JOIN aegis_lineage
    ON aegis_lineage.space = aegis_space.id AND aegis_lineage.thread = $2 AND aegis_lineage.path = $3
  LEFT JOIN aegis_deleted ON aegis_deleted.space = aegis_space.id AND aegis_deleted.thread = $4`

export const placeParams = (space: number, { path, thread }: Lineage): ReadonlyArray<unknown> => [
  space,
  packName(thread),
  packName(path),
  tombstone(thread)
]

export interface PlaceRow {
  readonly deletions: number
  readonly lineage: number | null
  readonly epoch: number | null
  readonly reborn: boolean | null
  readonly head_n: number | null
  readonly head_chain: Uint8Array | null
  readonly is_deleted: boolean
}

export const toPlace = (namespace: string, { path, thread }: Lineage, row: PlaceRow): Place => ({
  row: row.lineage === null || row.epoch === null ? undefined : { id: row.lineage, epoch: row.epoch },
  head:
    row.head_n === null || row.head_chain === null
      ? genesis(namespace, thread, path)
      : { n: row.head_n, chain: row.head_chain },
  deletions: row.deletions,
  isDeleted: row.is_deleted
})

/** The epoch of a place as others see it; 0 while there is no lineage. */
export const epochAt = ({ row }: Place): number => (row === undefined ? 0 : epochOf(row))

/** Reads a place, and which of some heads the lineage has ever had. */
export const readPlace = (
  session: Session,
  namespace: string,
  space: number,
  lineage: Lineage,
  heads: ReadonlyArray<Head>
): Effect.Effect<{ readonly place: Place; readonly passed: Head | undefined }, SqlError> =>
  Effect.map(
    session.read<PlaceRow & { readonly n: number | null; readonly chain: Uint8Array | null }>(
      `SELECT ${placeColumns}, aegis_entry.n, aegis_entry.chain FROM ${placeTables}
        LEFT JOIN aegis_entry ON aegis_entry.lineage = aegis_lineage.id AND aegis_entry.n = ANY ($5::integer[])
        WHERE aegis_space.id = $1`,
      [...placeParams(space, lineage), heads.map(({ n }) => n)]
    ),
    (rows) => {
      const [row] = rows
      return {
        place:
          row === undefined
            ? {
                row: undefined,
                head: genesis(namespace, lineage.thread, lineage.path),
                deletions: 0,
                isDeleted: false
              }
            : toPlace(namespace, lineage, row),
        passed: heads.find((head) =>
          rows.some(({ chain, n }) => n === head.n && chain !== null && Buffer.from(chain).equals(head.chain))
        )
      }
    }
  )

/** Where the names of a lineage point. */
export const readRefs = (session: Session, lineage: number): Effect.Effect<PointsTo, SqlError> =>
  Effect.map(
    session.read<{ readonly kind: RefKind; readonly name: Uint8Array; readonly n: number }>(
      "SELECT kind, name, n FROM aegis_ref WHERE lineage = $1",
      [lineage]
    ),
    (rows) => {
      const refs = new Map(rows.map(({ kind, n, name }) => [`${kind} ${unpackName(name)}`, n]))
      return (kind, name) => refs.get(`${kind} ${name}`) ?? 0
    }
  )

/** Places that are remembered; those used longest ago go first. */
const capacity = 10_000

export interface Places {
  readonly get: (key: string) => Place | undefined
  readonly has: (key: string) => boolean
  readonly set: (key: string, place: Place) => void
  /** Remembers a place where none is known yet. */
  readonly learn: (key: string, place: Place) => void
  readonly forget: (key: string) => void
  readonly clear: () => void
}

/** What is remembered may be out of date: whoever moves a lineage says from where. */
export const makePlaces = (): Places => {
  const places = new Map<string, Place>()
  const set = (key: string, place: Place): void => {
    places.delete(key)
    places.set(key, place)
    if (places.size > capacity) {
      const [oldest] = places.keys()
      if (oldest !== undefined) places.delete(oldest)
    }
  }
  return {
    get: (key) => places.get(key),
    has: (key) => places.has(key),
    set,
    learn: (key, place) => {
      if (!places.has(key)) set(key, place)
    },
    forget: (key) => void places.delete(key),
    clear: () => places.clear()
  }
}
