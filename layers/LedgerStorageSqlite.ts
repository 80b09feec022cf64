/**
 * The ledger in the cache database, in chunks. Sums by hour are written in the transaction of the records that they sum; what another
 * hand left is packed and summed before anything is read.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Timestamp } from "../src/domain/Measures.js"
import type { StoreError } from "../src/domain/StoreErrors.js"
import type { LedgerRange } from "../src/domain/TelemetryReport.js"
import { type LedgerPage, type LedgerQuery, LedgerStorage } from "../src/services/LedgerStorage.js"
import * as Grouped from "../src/telemetry/grouped.js"
import * as Sums from "../src/telemetry/sums.js"
import { CacheDatabase } from "./CacheDatabase.js"
import { type ChunkColumns, chunksOf, deleteChunks, selectChunk, writeChunks } from "./ledger/chunks.js"
import { hoursOf, selectHours, toHour, writeHours } from "./ledger/hours.js"
import * as Inbox from "./ledger/inbox.js"
import * as Chunks from "./ledger/readChunks.js"
import { toColumn } from "./scaffolds/digests.js"
import { toStoreError } from "./storage/sqlError.js"

const { hourMillis } = Grouped

/** Records read at a time, about: some milliseconds in which nothing else runs. */
const pageSize = 500
/** Chunks that one who follows reads at a time. */
const followed = 16

const ofTime = `hour >= ? AND hour <= ? AND last_at >= ? AND first_at < ? AND id <= ?`
const ofCheckpoint = "id IN (SELECT chunk FROM telemetry_of_checkpoint WHERE checkpoint_id = ?)"
const inTime = "ORDER BY hour, first_at, id LIMIT ?"
const selectHeads = (where: string): string =>
  `SELECT id, first_at, size FROM telemetry_chunk WHERE ${where} ${inTime}`

/** What tells which chunks a page is of. */
type Head = readonly [id: number, firstAt: number, size: number]

/** A range as the whole hours that lie in it, from `first` on and before `last`, and the parts of hours at its ends. */
interface Divided {
  readonly first: number
  readonly last: number
  readonly parts: ReadonlyArray<LedgerRange>
}

const toIso = (hour: number): Timestamp => new Date(hour * hourMillis).toISOString()

/** Of an hour before `pruned`, in milliseconds, there is only the whole. */
const divided = ({ from, to }: LedgerRange, pruned: number): Divided => {
  const start = from === undefined ? 0 : Date.parse(from) / hourMillis
  const end = to === undefined ? Infinity : Date.parse(to) / hourMillis
  const isGone = (hour: number): boolean => hour * hourMillis < pruned
  if (!(start < end)) return { first: 0, last: 0, parts: [] }
  const first = isGone(start) ? Math.floor(start) : Math.ceil(start)
  const last = Math.min(Number.MAX_SAFE_INTEGER, isGone(end) ? Math.ceil(end) : Math.floor(end))
  if (first > last) return { first: 0, last: 0, parts: [{ from, to }] }
  return {
    first,
    last,
    parts: [
      ...(first > start ? [{ from, to: toIso(first) }] : []),
      ...(last < end && to !== undefined ? [{ from: toIso(last), to }] : [])
    ]
  }
}

export const make = Effect.gen(function* () {
  const { reader, step } = yield* CacheDatabase
  const readHours = yield* reader.prepareAll<ReadonlyArray<unknown>>(selectHours)
  const headsOfTime = yield* reader.prepareAll<Head>(selectHeads(ofTime))
  const headsOfCheckpoint = yield* reader.prepareAll<Head>(selectHeads(`${ofTime} AND ${ofCheckpoint}`))
  const readThese = yield* reader.prepareAll<ChunkColumns>(
    `${selectChunk} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id`
  )
  const readSince = yield* reader.prepareAll<ChunkColumns>(
    `${selectChunk} WHERE id > ? ORDER BY id LIMIT ${followed}`
  )
  const readNewest = yield* reader.prepareGet<readonly [number | null]>("SELECT max(id) FROM telemetry_chunk")
  const readPruned = yield* reader.prepareGet<readonly [number]>("SELECT before FROM telemetry_pruned")
  const recordsIn = yield* Chunks.make(reader)

  const inOneStep: Inbox.Step = (operation, body) =>
    step(body).pipe(Effect.mapError(toStoreError(operation)), Effect.withTracerEnabled(false))
  const pack = yield* Inbox.make(reader, inOneStep)

  const newest = Effect.suspend(() => Effect.map(readNewest(), (row) => row?.[0] ?? 0))

  /**
   * Chunks overlap where several wrote at a time: a page has what lies before the beginning of the first chunk that was not read for
   * it, and where that is nothing more is read.
   */
  const page = Effect.fnUntraced(function* (
    query: LedgerQuery,
    until: number,
    from: number | undefined
  ): Effect.fn.Return<LedgerPage, StoreError> {
    const start = from ?? (query.from === undefined ? 0 : Date.parse(query.from))
    const end = query.to === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(query.to)
    const stretch = [Math.floor(start / hourMillis), Math.floor(end / hourMillis), start, end, until] as const
    for (let wanted = pageSize; ; wanted *= 2) {
      const heads = yield* query.checkpointId === undefined
        ? headsOfTime(...stretch, wanted + 1)
        : headsOfCheckpoint(...stretch, query.checkpointId, wanted + 1)
      let read = 0
      for (let size = 0; read < heads.length && size < wanted; read++) size += heads[read]?.[2] ?? 0
      const next = heads[read]?.[1]
      if (next !== undefined && next <= start) continue
      const chunks = yield* readThese(JSON.stringify(heads.slice(0, read).map(([id]) => id)))
      const records = (yield* recordsIn(chunks, query))
        .filter(({ at }) => at >= start && (next === undefined || at < next))
        .sort((a, b) => a.at - b.at)
        .map(({ record }) => record)
      return { records, next }
    }
  })

  /** Adds the records of a stretch of time to groups. */
  const addRecords = Effect.fnUntraced(function* (query: LedgerQuery, groups: Grouped.Groups) {
    const until = yield* newest
    let from: number | undefined
    do {
      const { next, records } = yield* page(query, until, from)
      for (const record of records) {
        const one = { ...record, at: Date.parse(record.createdAt) }
        Sums.add(groups.of(one), one)
      }
      from = next
    } while (from !== undefined)
  })

  return LedgerStorage.of({
    append: (entries) =>
      Effect.suspend(() => {
        const hours = hoursOf(entries.map(({ event }) => event))
        const chunks = chunksOf(entries)
        return inOneStep("record telemetry", (run, get) => {
          writeChunks(run, chunks)
          writeHours(run, get, hours)
        })
      }),

    report: Effect.fnUntraced(function* (range, groupBy) {
      yield* pack
      const groups = Grouped.make(groupBy)
      if (groupBy.includes("scaffold")) {
        yield* addRecords(range, groups)
        return groups.all()
      }
      const pruned = (yield* readPruned())?.[0] ?? 0
      const { first, last, parts } = divided(range, pruned)
      const namespace = range.namespace === undefined ? null : toColumn(range.namespace)
      for (const row of yield* readHours(first, last, namespace)) {
        const { facts, sums } = toHour(row)
        Sums.merge(groups.of(facts), sums)
      }
      for (const part of parts) yield* addRecords({ ...range, ...part }, groups)
      return groups.all()
    }),

    newest: Effect.zipRight(pack, newest),
    page,

    since: Effect.fnUntraced(function* (query, after) {
      yield* pack
      const chunks = yield* readSince(after)
      const records = (yield* recordsIn(chunks, query)).map(({ record }) => record)
      return { records, next: chunks.at(-1)?.[0] }
    }),

    prune: Effect.fnUntraced(function* (before) {
      yield* pack
      // to the end of an hour, so that an hour is there as a whole or not at all
      const hour = Math.floor(before / hourMillis)
      let gone = 0
      for (;;) {
        const removed = yield* inOneStep("prune the ledger", (run, get) => deleteChunks(run, get, hour))
        if (removed === 0) return gone
        gone += removed
      }
    })
  })
})

export const layer: Layer.Layer<LedgerStorage, StoreError, CacheDatabase> = Layer.effect(LedgerStorage, make)
