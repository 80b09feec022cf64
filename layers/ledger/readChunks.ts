/** Chunks as records again. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { StoreError } from "../../src/domain/StoreErrors.js"
import type { TelemetryRecord } from "../../src/domain/TelemetryRecord.js"
import { type LedgerQuery, within } from "../../src/services/LedgerStorage.js"
import type { HotReader } from "../storage/HotReader.js"
import { type ChunkColumns, recordsIn } from "./chunks.js"
import type { Unpacked } from "./packedRecord.js"
import { decodeRecord } from "./storedRecord.js"

/** A record, and its time in milliseconds since the epoch. */
export interface Timed {
  readonly at: number
  readonly record: TelemetryRecord
}

const selectRequests = `SELECT lower(hex(hash)), request FROM telemetry_request
  WHERE hash IN (SELECT unhex(value) FROM json_each(?))`

const hashIn = ({ record: { request } }: Unpacked): string | undefined =>
  typeof request === "object" && request !== null && "hash" in request ? String(request.hash) : undefined

const isAsked = (query: LedgerQuery, { at, record: { checkpointId, namespace } }: Unpacked): boolean =>
  within(query, at) &&
  (query.namespace === undefined || namespace === query.namespace) &&
  (query.checkpointId === undefined || checkpointId === query.checkpointId)

/** JSON that is none is nothing: the record that refers to it says so. */
const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

const unreadable = (what: string): Effect.Effect<void> =>
  Effect.logWarning(`${what} of the ledger cannot be read`)

/** The records of chunks that a query asks for, in their order. What is none is told of and left out: the others are no less true. */
export type ReadChunks = (
  chunks: ReadonlyArray<ChunkColumns>,
  query: LedgerQuery
) => Effect.Effect<ReadonlyArray<Timed>, StoreError>

export const make = (reader: HotReader): Effect.Effect<ReadChunks, StoreError> =>
  Effect.map(
    reader.prepareAll<readonly [hash: string, request: string]>(selectRequests),
    (readRequests): ReadChunks =>
      Effect.fnUntraced(function* (chunks, query) {
        const found: Array<{ readonly name: string; readonly version: number; readonly value: Unpacked }> = []
        for (const chunk of chunks) {
          const [id, , version] = chunk
          const values = recordsIn(chunk)
          if (values === undefined) yield* unreadable(`chunk ${id}`)
          for (const [i, value] of (values ?? []).entries()) {
            const name = `record ${i} of chunk ${id}`
            if (value === undefined) yield* unreadable(name)
            else if (isAsked(query, value)) found.push({ name, version, value })
          }
        }
        const hashes = new Set(found.flatMap(({ value }) => hashIn(value) ?? []))
        const requests = new Map<string | undefined, unknown>()
        if (hashes.size > 0) {
          for (const [hash, json] of yield* readRequests(JSON.stringify([...hashes]))) {
            requests.set(hash, parsed(json))
          }
        }
        const records = yield* Effect.forEach(found, ({ name, value, version }) =>
          decodeRecord(version, value.record, requests.get(hashIn(value))).pipe(
            Effect.map((record) => Option.some({ at: value.at, record })),
            Effect.catchAll(() => Effect.as(unreadable(name), Option.none<Timed>()))
          )
        )
        return records.flatMap(Option.toArray)
      })
  )
