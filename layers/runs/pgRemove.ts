/**
 * Removing payloads, chunks and whole threads on Postgres. A chunk goes in two statements: the first locks it, and so waits
 * for all who are about to hold it; the second sees whether they do. In one statement it would go by what was held before it
 * waited.
 */
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { Lineage } from "../../src/runs/entry.js"
import { packName, tombstone } from "../../src/runs/packed.js"
import { linkDraft } from "../../src/services/appending.js"
import type { Freed, Removal } from "../../src/services/RunStorage.js"
import {
  type Place,
  placeColumns,
  placeParams,
  type PlaceRow,
  placeTables,
  toPlace,
  epochAt
} from "./pgPlace.js"
import type { Session } from "./pgSession.js"
import { isNumber } from "./places.js"
import { appendStatement } from "./pgStatement.js"

interface Sums {
  readonly count: string
  readonly bytes: string
}

const nothing: Freed = { entries: 0, chunks: 0, bytes: 0 }
const payloadBytes = "coalesce(octet_length(meta), 0) + coalesce(octet_length(body), 0)"
const sums = "count(*) AS count, coalesce(sum(bytes), 0) AS bytes"

/** Lets holds of lineages go, on all chunks or on some, and drops those chunks that nobody holds any more. */
const release = (
  { inside }: Session,
  lineages: ReadonlyArray<number>,
  which: string,
  params: ReadonlyArray<unknown>
): Effect.Effect<{ readonly chunks: number; readonly bytes: number }, SqlError> =>
  Effect.gen(function* () {
    const locked = yield* inside<{ readonly id: string }>(
      `SELECT id FROM aegis_chunk WHERE ${which} ORDER BY hash FOR UPDATE`,
      params
    )
    if (locked.length === 0) return { chunks: 0, bytes: 0 }
    const ids = locked.map(({ id }) => id)
    yield* inside(
      "DELETE FROM aegis_holding WHERE lineage = ANY ($1::integer[]) AND chunk = ANY ($2::bigint[])",
      [lineages, ids]
    )
    const [dropped] = yield* inside<Sums>(
      `WITH dropped AS (
        DELETE FROM aegis_chunk WHERE id = ANY ($1::bigint[])
          AND NOT EXISTS (SELECT FROM aegis_holding WHERE aegis_holding.chunk = aegis_chunk.id)
        RETURNING octet_length(data) AS bytes)
      SELECT ${sums} FROM dropped`,
      [ids]
    )
    return { chunks: Number(dropped?.count), bytes: Number(dropped?.bytes) }
  })

/** What a removal did: what it freed, and where the lineage stands since. */
export interface Removed {
  readonly freed: Freed
  readonly place: Place
}

/**
 * The body of a transaction; it gives nothing when the lineage has moved. `before` is told what it came to: the new head
 * proves later whether the transaction was committed.
 */
export const removeInside = (
  session: Session,
  namespace: string,
  space: number,
  lineage: Lineage,
  removal: Removal,
  before: (removed: Removed) => void
): Effect.Effect<Removed | undefined, SqlError> =>
  Effect.gen(function* () {
    const { inside } = session
    // nobody appends to it any more until this transaction ends
    yield* inside(
      "SELECT FROM aegis_lineage WHERE space = $1 AND thread = $2 AND path = $3 FOR NO KEY UPDATE",
      placeParams(space, lineage).slice(0, 3)
    )
    const [found] = yield* inside<PlaceRow>(
      `SELECT ${placeColumns} FROM ${placeTables} WHERE aegis_space.id = $1`,
      placeParams(space, lineage)
    )
    if (found === undefined) return undefined
    const place = toPlace(namespace, lineage, found)
    const { row } = place
    if (row === undefined || epochAt(place) !== removal.epoch) return undefined
    if (removal.upTo !== undefined && removal.upTo !== place.head.n) return undefined

    const empty = removal.empty.filter(isNumber)
    const [emptied] = yield* inside<{ readonly entries: string; readonly bytes: string }>(
      `WITH before AS (
        SELECT n, gone, ${payloadBytes} AS bytes FROM aegis_entry
        WHERE lineage = $1 AND n = ANY ($2::integer[])),
      emptied AS (
        UPDATE aegis_entry SET gone = true,
          meta = CASE WHEN n = ANY ($3::integer[]) THEN NULL ELSE meta END,
          body = CASE WHEN n = ANY ($3::integer[]) THEN NULL ELSE body END
        WHERE lineage = $1 AND n = ANY ($2::integer[]))
      SELECT count(*) FILTER (WHERE NOT gone) AS entries,
        coalesce(sum(bytes) FILTER (WHERE n = ANY ($3::integer[])), 0) AS bytes FROM before`,
      [row.id, [...removal.gone.filter(isNumber), ...empty], empty]
    )

    // before the draft, which may hold some of them again
    const { bytes, chunks } =
      removal.chunks.length === 0
        ? nothing
        : yield* release(session, [row.id], "space = $1 AND hash = ANY ($2::bytea[])", [
            space,
            removal.chunks
          ])
    const linked = linkDraft(place.head, removal.draft)
    const refs = (removal.draft.refs ?? []).map(({ n = linked.head.n, ...ref }) => ({ ...ref, n }))
    const written = [{ ...linked, draft: removal.draft }]
    const { params, text } = appendStatement({ space, lineage, place, head: linked.head, written, refs })
    yield* inside(text, params)
    yield* inside("UPDATE aegis_lineage SET epoch = epoch + 1 WHERE id = $1", [row.id])

    const removed = {
      freed: { entries: Number(emptied?.entries), chunks, bytes: Number(emptied?.bytes) + bytes },
      place: { ...place, row: { id: row.id, epoch: row.epoch + 1 }, head: linked.head }
    }
    before(removed)
    return removed
  })

/** Everything in some lineages, and the lineages. */
const purge = (session: Session, ids: ReadonlyArray<number>): Effect.Effect<Freed, SqlError> =>
  Effect.gen(function* () {
    const { inside } = session
    const [entries] = yield* inside<Sums>(
      `WITH gone AS (DELETE FROM aegis_entry WHERE lineage = ANY ($1::integer[]) RETURNING ${payloadBytes} AS bytes)
        SELECT ${sums} FROM gone`,
      [ids]
    )
    yield* inside("DELETE FROM aegis_named WHERE lineage = ANY ($1::integer[])", [ids])
    const { bytes, chunks } = yield* release(
      session,
      ids,
      "id IN (SELECT chunk FROM aegis_holding WHERE lineage = ANY ($1::integer[]))",
      [ids]
    )
    // last: policies see nothing of a lineage that is gone
    yield* inside("DELETE FROM aegis_lineage WHERE id = ANY ($1::integer[])", [ids])
    return { entries: Number(entries?.count), chunks, bytes: Number(entries?.bytes) + bytes }
  })

/**
 * The body of a transaction: all lineages of a thread, and what is kept of its name. Those that began while it went on wait
 * for its end, or end with it.
 */
export const deleteInside = (
  session: Session,
  space: number,
  thread: string,
  at: number
): Effect.Effect<Freed, SqlError> =>
  Effect.gen(function* () {
    const { inside } = session
    const lineages = Effect.map(
      inside<{ readonly id: number }>(
        "SELECT id FROM aegis_lineage WHERE space = $1 AND thread = $2 ORDER BY id FOR UPDATE",
        [space, packName(thread)]
      ),
      (rows) => rows.map(({ id }) => id)
    )
    const first = yield* lineages
    if (first.length === 0) return nothing
    const freed = yield* purge(session, first)
    yield* inside("UPDATE aegis_space SET deletions = deletions + 1 WHERE id = $1", [space])
    const begun = yield* lineages
    const late = begun.length === 0 ? nothing : yield* purge(session, begun)
    yield* inside(
      `INSERT INTO aegis_deleted (space, thread, at) VALUES ($1, $2, $3)
        ON CONFLICT (space, thread) DO UPDATE SET at = excluded.at`,
      [space, tombstone(thread), at]
    )
    return {
      entries: freed.entries + late.entries,
      chunks: freed.chunks + late.chunks,
      bytes: freed.bytes + late.bytes
    }
  })
