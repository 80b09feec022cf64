/**
 * The ledger in the cache database. Sums by hour are written in the transaction of the records that they sum; records that another
 * hand wrote, as the plain hit and earlier versions do, are added before the next report.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Timestamp } from "../src/domain/Measures.js"
import type { StoreError } from "../src/domain/StoreErrors.js"
import type { TelemetryRecord } from "../src/domain/TelemetryRecord.js"
import type { LedgerRange } from "../src/domain/TelemetryReport.js"
import { sha256 } from "../src/prompt/digest.js"
import {
  type LedgerEntry,
  type LedgerPage,
  type LedgerPlace,
  type LedgerQuery,
  LedgerStorage,
  within
} from "../src/services/LedgerStorage.js"
import * as Grouped from "../src/telemetry/grouped.js"
import * as Sums from "../src/telemetry/sums.js"
import { CacheDatabase } from "./CacheDatabase.js"
import { hoursOf, selectHours, toHour, writeHours } from "./ledger/hours.js"
import { decodeRow, encodeRecord, encodeRequest, type Row, storedRecord } from "./ledger/storedRecord.js"
import { toBytes, toColumn } from "./scaffolds/digests.js"
import type { Get, Run } from "./storage/SqliteWire.js"
import { toStoreError } from "./storage/sqlError.js"

const { hourMillis } = Grouped

/** Records read at a time: some milliseconds in which nothing else runs. */
const pageSize = 500

const insertRecords = (rows: number): string => `INSERT INTO telemetry
  (version, operation, outcome, created_at, record, request_id, checkpoint_id, rolled)
  VALUES ${Array.from({ length: rows }, () => "(?, ?, ?, ?, ?, ?, ?, 1)").join(", ")}`
/** Rows of one statement: a call of the driver costs a third of writing a row. */
const together = 32
const insertMany = insertRecords(together)
const insertOne = insertRecords(1)
const insertRequest = "INSERT OR IGNORE INTO telemetry_request (hash, request) VALUES (?, ?)"
const selectRequest = "SELECT id FROM telemetry_request WHERE hash = ?"

const selectRecords = `SELECT seq, version, created_at, record, request
  FROM telemetry LEFT JOIN telemetry_request ON telemetry_request.id = request_id`
const byTime = "(created_at, seq) > (?, ?) AND created_at < ? AND seq <= ?"
const inTime = `ORDER BY created_at, seq LIMIT ${pageSize}`

type Columns = readonly [seq: number, version: number, at: number, record: string, request: string | null]

const toRow = ([seq, version, at, record, request]: Columns): Row => ({ seq, version, at, record, request })

const deleteRecords = `DELETE FROM telemetry WHERE seq IN
  (SELECT seq FROM telemetry WHERE created_at < ? AND rolled = 1 LIMIT ${10 * pageSize})`
const deleteRequests = `DELETE FROM telemetry_request WHERE id NOT IN
  (SELECT request_id FROM telemetry WHERE request_id IS NOT NULL)`
const notePruned = `INSERT INTO telemetry_pruned (id, before) VALUES (1, ?)
  ON CONFLICT (id) DO UPDATE SET before = max(before, excluded.before)`

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

/** The ids of what was sent, kept once. They hold as long as this step: afterwards others may remove what is not referred to. */
const idsOf = (
  run: Run,
  get: Get,
  requests: ReadonlyArray<string | undefined>
): ReadonlyMap<string | undefined, number> => {
  const ids = new Map<string | undefined, number>()
  for (const request of requests) {
    if (request === undefined || ids.has(request)) continue
    const hash = toBytes(sha256(request))
    run(insertRequest, hash, request)
    const id = get<readonly [number]>(selectRequest, hash)?.[0]
    if (id !== undefined) ids.set(request, id)
  }
  return ids
}

export const make = Effect.gen(function* () {
  const { reader, step } = yield* CacheDatabase
  const readHours = yield* reader.prepareAll<ReadonlyArray<unknown>>(selectHours)
  const readTime = yield* reader.prepareAll<Columns>(`${selectRecords} WHERE ${byTime} ${inTime}`)
  const readCheckpoint = yield* reader.prepareAll<Columns>(
    `${selectRecords} WHERE checkpoint_id = ? AND ${byTime} ${inTime}`
  )
  const readSince = yield* reader.prepareAll<Columns>(
    `${selectRecords} WHERE seq > ? ORDER BY seq LIMIT ${pageSize}`
  )
  const readPending = yield* reader.prepareAll<Columns>(
    `${selectRecords} WHERE rolled = 0 ORDER BY seq LIMIT ${pageSize}`
  )
  const readOldest = yield* reader.prepareGet<readonly [number | null]>(
    "SELECT min(created_at) FROM telemetry"
  )
  const readNewest = yield* reader.prepareGet<readonly [number | null]>("SELECT max(seq) FROM telemetry")
  const readPruned = yield* reader.prepareGet<readonly [number]>("SELECT before FROM telemetry_pruned")

  const inOneStep = <A>(operation: string, body: (run: Run, get: Get) => A): Effect.Effect<A, StoreError> =>
    step(body).pipe(Effect.mapError(toStoreError(operation)), Effect.withTracerEnabled(false))

  /** A row that is none is told of and left out: the others are no less true for it. */
  const decoded = (rows: ReadonlyArray<Columns>): Effect.Effect<ReadonlyArray<TelemetryRecord>> =>
    Effect.map(
      Effect.forEach(rows, (columns) =>
        Effect.catchAll(Effect.asSome(decodeRow(toRow(columns))), () =>
          Effect.as(Effect.logWarning(`record ${columns[0]} of the ledger cannot be read`), Option.none())
        )
      ),
      (found) => found.flatMap((each) => (Option.isSome(each) ? [each.value] : []))
    )

  const timed = (record: TelemetryRecord): Grouped.Timed => ({ ...record, at: Date.parse(record.createdAt) })

  /** Adds records to their sums that are not in them yet. */
  const catchUp: Effect.Effect<void, StoreError> = Effect.gen(function* () {
    for (;;) {
      const rows = yield* readPending()
      const [first, last] = [rows[0]?.[0], rows.at(-1)?.[0]]
      if (first === undefined || last === undefined) return
      const hours = hoursOf((yield* decoded(rows)).map(timed))
      yield* inOneStep("sum up the ledger", (run, get) => {
        const pending = "SELECT count(*) FROM telemetry WHERE rolled = 0 AND seq BETWEEN ? AND ?"
        // another process may have added them meanwhile
        if (get<readonly [number]>(pending, first, last)?.[0] !== rows.length) return
        writeHours(run, get, hours)
        run("UPDATE telemetry SET rolled = 1 WHERE rolled = 0 AND seq BETWEEN ? AND ?", first, last)
      })
    }
  })

  const newest = Effect.suspend(() => Effect.map(readNewest(), (row) => row?.[0] ?? 0))

  const page = Effect.fnUntraced(function* (
    query: LedgerQuery,
    until: number,
    from: LedgerPlace | undefined
  ): Effect.fn.Return<LedgerPage, StoreError> {
    const { checkpointId, namespace } = query
    const start = query.from === undefined ? 0 : Date.parse(query.from)
    const end = query.to === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(query.to)
    const place = [from?.at ?? start, from?.seq ?? -1, end, until] as const
    const rows = yield* checkpointId === undefined
      ? readTime(...place)
      : readCheckpoint(checkpointId, ...place)
    const records = yield* decoded(rows)
    const last = rows.length < pageSize ? undefined : rows.at(-1)
    return {
      records: namespace === undefined ? records : records.filter((record) => record.namespace === namespace),
      next: last && { at: last[2], seq: last[0] }
    }
  })

  /** Adds the records of a stretch of time to groups. */
  const addRecords = Effect.fnUntraced(function* (query: LedgerQuery, groups: Grouped.Groups) {
    const until = yield* newest
    let from: LedgerPlace | undefined
    do {
      const { next, records } = yield* page(query, until, from)
      for (const record of records) {
        const one = timed(record)
        Sums.add(groups.of(one), one)
      }
      from = next
    } while (from !== undefined)
  })

  return LedgerStorage.of({
    append: (entries) =>
      Effect.suspend(() => {
        const hours = hoursOf(entries.map(({ event }) => event))
        const records = entries.map(encodeRecord)
        const requests = entries.map(({ event: { request } }) => request && encodeRequest(request))
        return inOneStep("record telemetry", (run, get) => {
          const ids = idsOf(run, get, requests)
          const columnsOf = ({ event }: LedgerEntry, i: number): ReadonlyArray<unknown> => [
            storedRecord.version,
            event.operation,
            event.outcome,
            event.at,
            records[i],
            ids.get(requests[i]) ?? null,
            event.checkpointId ?? null
          ]
          let at = 0
          for (; at + together <= entries.length; at += together) {
            const some = entries.slice(at, at + together)
            run(insertMany, ...some.flatMap((entry, i) => columnsOf(entry, at + i)))
          }
          entries.slice(at).forEach((entry, i) => run(insertOne, ...columnsOf(entry, at + i)))
          writeHours(run, get, hours)
        })
      }),

    report: Effect.fnUntraced(function* (range, groupBy) {
      const groups = Grouped.make(groupBy)
      if (groupBy.includes("scaffold")) {
        yield* addRecords(range, groups)
        return groups.all()
      }
      yield* catchUp
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

    newest,
    page,

    since: Effect.fnUntraced(function* (query, after) {
      const rows = yield* readSince(after)
      const records = (yield* decoded(rows)).filter(
        (record) =>
          within(query, Date.parse(record.createdAt)) &&
          (query.namespace === undefined || record.namespace === query.namespace) &&
          (query.checkpointId === undefined || record.checkpointId === query.checkpointId)
      )
      const last = rows.at(-1)
      return { records, next: last && { at: last[2], seq: last[0] } }
    }),

    prune: Effect.fnUntraced(function* (before) {
      // to the end of an hour, so that an hour is there as a whole or not at all
      const end = Math.floor(before / hourMillis) * hourMillis
      if (((yield* readOldest())?.[0] ?? end) >= end) return 0
      yield* catchUp
      let gone = 0
      for (;;) {
        const removed = yield* inOneStep("prune the ledger", (run) => {
          const { changes } = run(deleteRecords, end)
          if (changes > 0) run(notePruned, end)
          else run(deleteRequests)
          return changes
        })
        if (removed === 0) return gone
        gone += removed
      }
    })
  })
})

export const layer: Layer.Layer<LedgerStorage, StoreError, CacheDatabase> = Layer.effect(LedgerStorage, make)
