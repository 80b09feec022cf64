/** Records that were written together, those of an hour in one row: a row of each would take longer to write than all the rest. */
import type { Hash } from "../../src/domain/Hash.js"
import { sha256 } from "../../src/prompt/digest.js"
import type { LedgerEntry } from "../../src/services/LedgerStorage.js"
import { hourMillis } from "../../src/telemetry/grouped.js"
import { toBytes } from "../scaffolds/digests.js"
import type { Get, Run } from "../storage/SqliteWire.js"
import { packRecord, packRequest, type Shared, share, type Unpacked, unpackRecord } from "./packedRecord.js"
import { storedRecord } from "./storedRecord.js"

/** Records of a chunk at most: what is read at a time takes some milliseconds. */
const most = 1024

/** `records` is the JSON of an array but for its end, `requests` the JSON of what was sent by its digest. */
interface Chunk {
  readonly hour: number
  firstAt: number
  lastAt: number
  size: number
  records: string
  readonly shared: Shared
  readonly checkpoints: Set<string>
  readonly requests: Map<Hash, string>
}

const start = (hour: number, id: string): Chunk => ({
  hour,
  firstAt: Infinity,
  lastAt: -Infinity,
  size: 0,
  records: "",
  shared: share(id),
  checkpoints: new Set(),
  requests: new Map()
})

const add = (chunk: Chunk, entry: LedgerEntry): void => {
  const { at, checkpointId, request } = entry.event
  let hash: Hash | undefined
  if (request !== undefined) {
    const sent = packRequest(request)
    hash = sha256(sent)
    chunk.requests.set(hash, sent)
  }
  if (checkpointId !== undefined) chunk.checkpoints.add(checkpointId)
  const record = packRecord(entry, chunk.hour * hourMillis, chunk.shared, hash)
  chunk.records += `${chunk.size === 0 ? "[" : ","}${record}`
  chunk.size++
  chunk.firstAt = Math.min(chunk.firstAt, at)
  chunk.lastAt = Math.max(chunk.lastAt, at)
}

/** Entries in chunks: those of an hour stay in their order. */
export const chunksOf = (entries: Iterable<LedgerEntry>): ReadonlyArray<Chunk> => {
  const chunks: Array<Chunk> = []
  const open = new Map<number, Chunk>()
  for (const entry of entries) {
    const hour = Math.floor(entry.event.at / hourMillis)
    let chunk = open.get(hour)
    if (chunk === undefined || chunk.size === most) {
      chunk = start(hour, entry.id)
      open.set(hour, chunk)
      chunks.push(chunk)
    }
    add(chunk, entry)
  }
  return chunks
}

const insertChunk = `INSERT INTO telemetry_chunk (hour, first_at, last_at, size, version, prefix, kinds, texts, records)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
const insertCheckpoint = "INSERT INTO telemetry_of_checkpoint (checkpoint_id, chunk) VALUES (?, ?)"
const insertRequest = `INSERT INTO telemetry_request (hash, request, hour) VALUES (?, ?, ?)
  ON CONFLICT (hash) DO UPDATE SET hour = excluded.hour WHERE excluded.hour > hour`

/** Part of a step. */
export const writeChunks = (run: Run, chunks: ReadonlyArray<Chunk>): void => {
  for (const { checkpoints, firstAt, hour, lastAt, records, requests, shared, size } of chunks) {
    const [kinds, texts] = [JSON.stringify(shared.kinds), JSON.stringify(shared.texts)]
    const { version } = storedRecord
    const columns = [hour, firstAt, lastAt, size, version, shared.prefix, kinds, texts, `${records}]`]
    const { lastInsertRowid } = run(insertChunk, ...columns)
    for (const checkpoint of checkpoints) run(insertCheckpoint, checkpoint, lastInsertRowid)
    for (const [hash, sent] of requests) run(insertRequest, toBytes(hash), sent, hour)
  }
}

/** Chunks deleted in a step: some milliseconds in which nothing else is written. */
const deletedTogether = 16
const oldest = `SELECT id FROM telemetry_chunk WHERE hour < ? ORDER BY hour, first_at, id LIMIT ${deletedTogether}`
const countOldest = `SELECT sum(size) FROM telemetry_chunk WHERE id IN (${oldest})`
const deleteOldest = `DELETE FROM telemetry_chunk WHERE id IN (${oldest})`
const deleteRequests = "DELETE FROM telemetry_request WHERE hour < ?"
const notePruned = `INSERT INTO telemetry_pruned (id, before) VALUES (1, ?)
  ON CONFLICT (id) DO UPDATE SET before = max(before, excluded.before)`

/** Deletes some chunks of hours before this one, or else what only they had sent: part of a step. How many records went. */
export const deleteChunks = (run: Run, get: Get, hour: number): number => {
  const count = get<readonly [number | null]>(countOldest, hour)?.[0] ?? 0
  if (count === 0) {
    run(deleteRequests, hour)
    return 0
  }
  run(deleteOldest, hour)
  run(notePruned, hour * hourMillis)
  return count
}

const hourOfTooMany = `SELECT hour FROM
  (SELECT hour, sum(sum(size)) OVER (ORDER BY hour DESC) AS newer FROM telemetry_chunk GROUP BY hour)
  WHERE newer > ? ORDER BY hour DESC LIMIT 1`

/** Deletes the oldest hours while there are more records than this: part of a step. */
export const trimChunks = (run: Run, get: Get, records: number): void => {
  const hour = get<readonly [number]>(hourOfTooMany, records)?.[0]
  if (hour === undefined) return
  while (deleteChunks(run, get, hour) > 0);
}

/** A chunk as it is read. */
export type ChunkColumns = readonly [
  id: number,
  hour: number,
  version: number,
  prefix: string,
  kinds: string,
  texts: string,
  records: string
]

export const selectChunk = "SELECT id, hour, version, prefix, kinds, texts, records FROM telemetry_chunk"

/** The records of a chunk, undefined for those that are none; of what is no chunk, undefined. */
export const recordsIn = (chunk: ChunkColumns): ReadonlyArray<Unpacked | undefined> | undefined => {
  const [, hour, , prefix, ...lists] = chunk
  try {
    const [kinds, texts, values]: ReadonlyArray<unknown> = lists.map((json): unknown => JSON.parse(json))
    if (!Array.isArray(kinds) || !Array.isArray(texts) || !Array.isArray(values)) return undefined
    return values.map((value) => unpackRecord(value, hour * hourMillis, { prefix, kinds, texts }))
  } catch {
    return undefined
  }
}
