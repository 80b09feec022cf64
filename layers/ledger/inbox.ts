/**
 * Records that another hand left, each in a row of its own, as the plain hit and earlier versions do. They are packed and summed before
 * the ledger is read; those that cannot be read stay where they are.
 */
import * as Effect from "effect/Effect"
import type * as ParseResult from "effect/ParseResult"
import type { SchemaTooNew, StoreError } from "../../src/domain/StoreErrors.js"
import type { TelemetryRecord } from "../../src/domain/TelemetryRecord.js"
import type { LedgerEntry } from "../../src/services/LedgerStorage.js"
import type { HotReader } from "../storage/HotReader.js"
import type { Get, Run } from "../storage/SqliteWire.js"
import { chunksOf, writeChunks } from "./chunks.js"
import { hoursOf, writeHours } from "./hours.js"
import { decodeRecord } from "./storedRecord.js"

type Left = readonly [
  seq: number,
  version: number,
  at: number,
  /** 1 where it is in its sums already. */
  rolled: number,
  record: string,
  request: string | null
]

/** Records packed at a time: some milliseconds in which nothing else runs. */
const together = 500

const selectLeft = `SELECT seq, version, created_at, rolled, record, request
  FROM telemetry LEFT JOIN telemetry_request ON telemetry_request.id = request_id
  WHERE seq > ? ORDER BY seq LIMIT ${together}`
const countLeft = `SELECT count(*) FROM telemetry, json_each(?)
  WHERE seq = value ->> 'seq' AND record = value ->> 'record'`
const deleteLeft = "DELETE FROM telemetry WHERE seq IN (SELECT value ->> 'seq' FROM json_each(?))"

const toEntry = ({ createdAt, id, ...event }: TelemetryRecord): LedgerEntry => ({
  id,
  event: { ...event, at: Date.parse(createdAt) }
})

const decoded = ([, version, at, , record, request]: Left): Effect.Effect<
  LedgerEntry,
  SchemaTooNew | ParseResult.ParseError | SyntaxError
> =>
  Effect.try({
    try: () => ({
      found: { ...Object(JSON.parse(record)), createdAt: new Date(at).toISOString() },
      sent: request === null ? undefined : JSON.parse(request)
    }),
    catch: (cause) => new SyntaxError("not JSON", { cause })
  }).pipe(
    Effect.flatMap(({ found, sent }) => decodeRecord(version, found, sent)),
    Effect.map(toEntry)
  )

/** A step of the cache's database. */
export type Step = <A>(operation: string, body: (run: Run, get: Get) => A) => Effect.Effect<A, StoreError>

/** What packs all that was left. */
export const make = (
  reader: HotReader,
  step: Step
): Effect.Effect<Effect.Effect<void, StoreError>, StoreError> =>
  Effect.map(reader.prepareAll<Left>(selectLeft), (readLeft) => {
    const told = new Set<number>()
    const tell = (seq: number): Effect.Effect<void> => {
      if (told.has(seq)) return Effect.void
      told.add(seq)
      return Effect.logWarning(`record ${seq} that was left for the ledger cannot be read`)
    }
    return Effect.gen(function* () {
      let after = -1
      for (;;) {
        const rows = yield* readLeft(after)
        const last = rows.at(-1)
        if (last === undefined) return
        after = last[0]
        const found: Array<{ readonly row: Left; readonly entry: LedgerEntry }> = []
        for (const row of rows) {
          yield* Effect.matchEffect(decoded(row), {
            onFailure: () => tell(row[0]),
            onSuccess: (entry) => Effect.sync(() => void found.push({ row, entry }))
          })
        }
        if (found.length === 0) continue
        const chunks = chunksOf(found.map(({ entry }) => entry))
        const hours = hoursOf(
          found.flatMap(({ entry, row: [, , , rolled] }) => (rolled === 1 ? [] : [entry.event]))
        )
        const these = JSON.stringify(found.map(({ row: [seq, , , , record] }) => ({ seq, record })))
        yield* step("pack the ledger", (run, get) => {
          // another process may have packed them meanwhile, and others may lie in their places
          if (get<readonly [number]>(countLeft, these)?.[0] !== found.length) return
          run(deleteLeft, these)
          writeChunks(run, chunks)
          writeHours(run, get, hours)
        })
      }
    })
  })
