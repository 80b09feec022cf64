/** What is read of a run store on Postgres: each question is one statement. */
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Chunk } from "../../src/runs/chunk.js"
import { type Entry, type Kind, kinds, type Lineage, type Ref, type RefKind } from "../../src/runs/entry.js"
import { isPackedUuid, packName, unpackName } from "../../src/runs/packed.js"
import type { Found, LineageState, Listed, Query } from "../../src/services/RunStorage.js"
import { type EntryRow, toEntry } from "./entryRow.js"
import { newestFirst, rangesOf } from "./newestFirst.js"
import { type Place, placeColumns, placeParams, type PlaceRow, placeTables, toPlace } from "./pgPlace.js"
import type { Session } from "./pgSession.js"
import { epochOf, isNumber } from "./places.js"

/** The least packed name that is no UUID's, and so the bound between the two ranges of ids. */
const bound = Buffer.alloc(17, 0xff)
const columns = "n, kind, id, parent, at, gone, meta, body, digest, chain"
const living = `kind = ${kinds.checkpoint} AND NOT gone`
const columnsOf = (table: string): string =>
  columns
    .split(", ")
    .map((column) => `${table}.${column}`)
    .join(", ")

/**
 * The writes of checkpoints that were picked as `it`: for each of them by the index, whatever the server thinks of the sizes
 * of tables when it plans, as a plan is kept for long.
 */
const theirWrites = `CROSS JOIN LATERAL (
  SELECT ${columns} FROM aegis_entry WHERE lineage = it.lineage AND kind = ${kinds.writes} AND NOT gone AND id = it.id
  OFFSET 0) AS written`

/** The newest checkpoint of each range of ids, or that with an id, of the lineage at hand. */
const pick = (id: string, isNewest: boolean): string => {
  const select = (condition: string): string =>
    `(SELECT lineage, ${columns} FROM aegis_entry WHERE lineage = aegis_lineage.id AND ${living}
      AND id ${condition} ORDER BY id DESC, n DESC LIMIT 1)`
  return isNewest ? `${select(`< ${id}`)} UNION ALL ${select(`>= ${id}`)}` : select(`= ${id}`)
}

const found = (id: string, isNewest: boolean): string => `LEFT JOIN LATERAL (
  WITH picked AS (${pick(id, isNewest)})
  SELECT ${columns} FROM picked UNION ALL
  SELECT ${columnsOf("written")} FROM picked AS it ${theirWrites}) AS found ON true`

/** What is found, with the whole place, or with what everybody asks for who knows the place. */
const finding = (isNewest: boolean): { readonly withPlace: string; readonly alone: string } => ({
  withPlace: `SELECT ${placeColumns}, found.* FROM ${placeTables} ${found("$5", isNewest)}
    WHERE aegis_space.id = $1`,
  alone: `SELECT aegis_lineage.id AS lineage, aegis_lineage.epoch, aegis_lineage.reborn, found.*
    FROM aegis_lineage ${found("$4", isNewest)}
    WHERE aegis_lineage.space = $1 AND aegis_lineage.thread = $2 AND aegis_lineage.path = $3`
})
const findNewest = finding(true)
const findById = finding(false)

/** Bytes come as hexadecimal digits, unless they are asked for in less. */
const chunkRows = `SELECT hash, size, deflated, encode(data, 'base64') AS data FROM aegis_chunk
  WHERE space = $1 AND hash = ANY ($2::bytea[])`

/** A number of rows as Postgres takes it. */
const toLimit = (limit: number): number => Math.min(Math.max(0, limit), Number.MAX_SAFE_INTEGER)

const byNumber = (one: Entry, other: Entry): number => one.n - other.n

type Reading<A> = Effect.Effect<A, SqlError>

export interface Read {
  /** What is found, and where the lineage stood in the same moment, unless that is known. */
  readonly find: (
    lineage: Lineage,
    id: string | undefined,
    isKnown: boolean
  ) => Reading<{ readonly found: Found; readonly place: Place | undefined }>
  readonly entries: (lineage: Lineage, numbers: ReadonlyArray<number>) => Reading<ReadonlyArray<Entry>>
  readonly belonging: (lineage: Lineage, kind: Kind, id: string) => Reading<ReadonlyArray<Entry>>
  readonly log: (lineage: Lineage, after: number, limit: number) => Reading<ReadonlyArray<Entry>>
  readonly list: (query: Query) => Reading<ReadonlyArray<Listed>>
  readonly lineages: (thread: string | undefined) => Reading<ReadonlyArray<LineageState>>
  readonly chunks: (hashes: ReadonlyArray<Uint8Array>) => Reading<ReadonlyArray<Chunk | undefined>>
  readonly named: (name: string) => Reading<Option.Option<{ readonly lineage: Lineage; readonly n: number }>>
  readonly refs: (lineage: Lineage) => Reading<ReadonlyArray<Ref>>
}

export const makeRead = ({ read }: Session, namespace: string, space: number): Read => {
  const mine = "lineage = (SELECT id FROM aegis_lineage WHERE space = $1 AND thread = $2 AND path = $3)"
  const names = (lineage: Lineage): ReadonlyArray<unknown> => placeParams(space, lineage).slice(0, 3)
  const entries = (
    lineage: Lineage,
    rest: string,
    ...params: ReadonlyArray<unknown>
  ): Effect.Effect<ReadonlyArray<Entry>, SqlError> =>
    Effect.map(
      read<EntryRow>(`SELECT ${columns} FROM aegis_entry WHERE ${mine} AND ${rest}`, [
        ...names(lineage),
        ...params
      ]),
      (rows) => rows.map(toEntry)
    )

  return {
    find: (lineage, id, isKnown) => {
      const { alone, withPlace } = id === undefined ? findNewest : findById
      const where = isKnown ? names(lineage) : placeParams(space, lineage)
      return Effect.map(
        read<FoundRow>(isKnown ? alone : withPlace, [...where, id === undefined ? bound : packName(id)]),
        (rows) => {
          const [first] = rows
          const all = rows.flatMap((row) => (row.kind === null ? [] : [toEntry(row)]))
          const [checkpoint] = newestFirst(
            all.filter(({ kind }) => kind === kinds.checkpoint),
            undefined,
            1
          )
          return {
            place:
              first === undefined || !("deletions" in first) ? undefined : toPlace(namespace, lineage, first),
            found: {
              epoch: first === undefined ? 0 : epochOfRow(first),
              reborn: first?.reborn === true,
              checkpoint,
              writes: all
                .filter(({ id, kind }) => kind === kinds.writes && id === checkpoint?.id)
                .sort(byNumber)
            }
          }
        }
      )
    },

    entries: (lineage, numbers) => entries(lineage, "n = ANY ($4::integer[])", numbers.filter(isNumber)),

    belonging: (lineage, kind, id) =>
      entries(lineage, `kind = ${kind} AND NOT gone AND id = $4 ORDER BY n`, packName(id)),

    log: (lineage, after, limit) =>
      entries(lineage, "n > $4::bigint ORDER BY n LIMIT $5::bigint", Math.max(0, after), toLimit(limit)),

    list: (query) => {
      if (query.limit <= 0) return Effect.succeed([])
      const { params, text } = listStatement(space, query)
      return Effect.map(read<EntryRow & ListedRow>(text, params), (rows) => {
        const writes = new Map<string, Array<Entry>>()
        const found: Array<Omit<Listed, "writes"> & { readonly id: string; readonly key: string }> = []
        for (const row of rows) {
          const entry = toEntry(row)
          const key = `${row.lineage} ${entry.id}`
          if (row.kind === kinds.writes) {
            const known = writes.get(key)
            if (known === undefined) writes.set(key, [entry])
            else known.push(entry)
          } else {
            const lineage = { thread: unpackName(row.thread), path: unpackName(row.path) }
            found.push({
              lineage,
              epoch: epochOf({ id: row.lineage, epoch: row.epoch }),
              entry,
              id: entry.id,
              key
            })
          }
        }
        return newestFirst(found, query.before, query.limit).map(({ entry, epoch, key, lineage }) => ({
          lineage,
          epoch,
          entry,
          writes: (writes.get(key) ?? []).sort(byNumber)
        }))
      })
    },

    lineages: (thread) =>
      Effect.map(
        read<Omit<ListedRow, "lineage"> & { id: number; n: number; chain: Uint8Array; bytes: string }>(
          `SELECT id, thread, path, epoch, n, chain, (
              SELECT coalesce(sum(coalesce(octet_length(meta), 0) + coalesce(octet_length(body), 0)), 0)
              FROM aegis_entry WHERE lineage = aegis_lineage.id) AS bytes
            FROM aegis_lineage WHERE space = $1 ${thread === undefined ? "" : "AND thread = $2"} ORDER BY id`,
          [space, ...(thread === undefined ? [] : [packName(thread)])]
        ),
        (rows) =>
          rows.map(({ bytes, chain, epoch, id, n, path, thread }) => ({
            thread: unpackName(thread),
            path: unpackName(path),
            epoch: epochOf({ id, epoch }),
            bytes: Number(bytes),
            n,
            chain
          }))
      ),

    chunks: (hashes) =>
      hashes.length === 0
        ? Effect.succeed([])
        : Effect.map(
            read<Omit<Chunk, "data"> & { readonly data: string }>(chunkRows, [space, hashes]),
            (rows) => {
              const found = new Map(rows.map((row) => [row.hash.toString("hex"), row]))
              return hashes.map((hash) => {
                const row = found.get(Buffer.from(hash).toString("hex"))
                return row && { ...row, data: Buffer.from(row.data, "base64") }
              })
            }
          ),

    named: (name) =>
      Effect.map(
        read<{ readonly thread: Uint8Array; readonly path: Uint8Array; readonly n: number }>(
          `SELECT thread, path, aegis_named.n FROM aegis_named JOIN aegis_lineage ON id = lineage
            WHERE aegis_named.space = $1 AND name = $2`,
          [space, packName(name)]
        ),
        ([row]) =>
          row === undefined
            ? Option.none()
            : Option.some({
                lineage: { thread: unpackName(row.thread), path: unpackName(row.path) },
                n: row.n
              })
      ),

    refs: (lineage) =>
      Effect.map(
        read<{ readonly kind: RefKind; readonly name: Uint8Array; readonly n: number }>(
          `SELECT kind, name, n FROM aegis_ref WHERE ${mine} ORDER BY kind COLLATE "C", name`,
          names(lineage)
        ),
        (rows) => rows.map(({ kind, n, name }) => ({ kind, name: unpackName(name), n }))
      )
  }
}

type FoundRow = (PlaceRow | Pick<PlaceRow, "lineage" | "epoch" | "reborn">) &
  (EntryRow | { readonly kind: null })

const epochOfRow = ({ epoch, lineage }: Pick<PlaceRow, "lineage" | "epoch">): number =>
  lineage === null || epoch === null ? 0 : epochOf({ id: lineage, epoch })

interface ListedRow {
  readonly lineage: number
  readonly epoch: number
  readonly thread: Uint8Array
  readonly path: Uint8Array
}

/** The newest checkpoints of each lineage and range of ids, with their writes. */
const listStatement = (
  space: number,
  { before, holds, id, limit, path, thread }: Query
): { readonly text: string; readonly params: ReadonlyArray<unknown> } => {
  const params: Array<unknown> = []
  const param = (value: unknown, type = "bytea"): string => `$${params.push(value)}::${type}`
  const which = [`space = ${param(space, "integer")}`]
  if (thread !== undefined) which.push(`thread = ${param(packName(thread))}`)
  if (path !== undefined) which.push(`path = ${param(packName(path))}`)
  const isHeld = holds.map((bytes) => `position(${param(bytes)} IN meta) > 0`)
  const packed = id === undefined ? undefined : packName(id)
  const ranges = rangesOf(before, toLimit(limit), true)
    .filter(({ uuids }) => packed === undefined || isPackedUuid(packed) === uuids)
    .map(({ below, limit: most, uuids }) => {
      const conditions = [
        `lineage = mine.id AND ${living}`,
        `id ${uuids ? "<" : ">="} ${param(bound)}`,
        ...isHeld
      ]
      if (below !== undefined) conditions.push(`id < ${param(below)}`)
      if (packed !== undefined) conditions.push(`id = ${param(packed)}`)
      const last = param(most, "bigint")
      return `(SELECT mine.id AS lineage, mine.epoch, mine.thread, mine.path, ${columnsOf("each")} FROM mine CROSS JOIN LATERAL (
        SELECT ${columns} FROM aegis_entry AS entry WHERE ${conditions.join(" AND ")} AND ${newestRevision}
        ORDER BY id DESC, n DESC LIMIT ${last}) AS each ORDER BY each.id DESC, mine.id LIMIT ${last})`
    })
  return {
    text: `WITH mine AS (SELECT id, epoch, thread, path FROM aegis_lineage WHERE ${which.join(" AND ")}),
        picked AS (${ranges.join(" UNION ALL ")}),
        found AS (SELECT * FROM picked ORDER BY lineage)
      SELECT * FROM found UNION ALL
      SELECT it.lineage, it.epoch, it.thread, it.path, ${columnsOf("written")} FROM picked AS it ${theirWrites}`,
    params
  }
}

/** A checkpoint that was put again counts in its newest revision. Asked for each row, as `theirWrites` are. */
const newestRevision = `NOT EXISTS (SELECT FROM aegis_entry AS later WHERE later.lineage = entry.lineage
  AND later.kind = ${kinds.checkpoint} AND NOT later.gone AND later.id = entry.id AND later.n > entry.n OFFSET 0)`
