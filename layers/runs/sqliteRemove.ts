/** Removing payloads, chunks and whole threads on SQLite, inside of one synchronous transaction. */
import { packName, tombstone } from "../../src/runs/packed.js"
import type { Freed } from "../../src/services/RunStorage.js"
import type { Get, Run } from "../storage/SqliteWire.js"
import { isNumber, span } from "./places.js"

const selectFull = `SELECT lineage, kind, id, parent, at, digest, chain,
    coalesce(length(meta), 0) + coalesce(length(body), 0)
  FROM entry WHERE place = ? AND (meta IS NOT NULL OR body IS NOT NULL)`
const markGone = "UPDATE entry SET gone = 1 WHERE place = ? AND gone = 0"
const dropEntry = "DELETE FROM entry WHERE place = ?"
const insertEmpty = `INSERT INTO entry (place, lineage, kind, id, parent, at, digest, chain, gone)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)`
const selectChunk = "SELECT id, length(data) FROM chunk WHERE space = ? AND hash = ?"
const dropHolding = "DELETE FROM holding WHERE chunk = ? AND lineage = ?"
const isHeld = "SELECT 1 FROM holding WHERE chunk = ?"
const dropChunk = "DELETE FROM chunk WHERE id = ?"

/** Lets a lineage's hold on a chunk go, and the chunk with it when nobody else holds it. The bytes that this gave back. */
const release = (
  run: Run,
  get: Get,
  space: number,
  lineage: number,
  hash: Uint8Array
): number | undefined => {
  const [chunk, bytes] = get<[id: number, bytes: number]>(selectChunk, space, hash) ?? []
  if (chunk === undefined) return undefined
  run(dropHolding, chunk, lineage)
  if (get(isHeld, chunk) !== undefined) return undefined
  run(dropChunk, chunk)
  return bytes
}

export const emptyEntries = (
  run: Run,
  get: Get,
  space: number,
  lineage: number,
  removal: {
    readonly gone: ReadonlyArray<number>
    readonly empty: ReadonlyArray<number>
    readonly chunks: ReadonlyArray<Uint8Array>
  }
): Freed => {
  let entries = 0
  let bytes = 0
  let chunks = 0
  for (const n of [...removal.gone, ...removal.empty].filter(isNumber)) {
    entries += run(markGone, lineage * span + n).changes
  }
  for (const n of removal.empty.filter(isNumber)) {
    const place = lineage * span + n
    const full = get<[...facts: ReadonlyArray<unknown>, bytes: number]>(selectFull, place)
    if (full === undefined) continue
    bytes += full[full.length - 1] as number // its last column
    // a row that shrinks leaves its page as it is, half empty; one that goes lets pages be merged and be given back
    run(dropEntry, place)
    run(insertEmpty, place, ...full.slice(0, -1))
  }
  for (const hash of removal.chunks) {
    const freed = release(run, get, space, lineage, hash)
    if (freed === undefined) continue
    bytes += freed
    chunks += 1
  }
  run("UPDATE lineage SET epoch = epoch + 1 WHERE id = ?", lineage)
  return { entries, chunks, bytes }
}

/** All lineages of a thread with everything in them. What stays is that it was deleted, under a digest of its name. */
export const deleteThread = (run: Run, get: Get, space: number, thread: string, at: number): Freed => {
  const packed = packName(thread)
  const freed = { entries: 0, chunks: 0, bytes: 0 }
  for (;;) {
    const [lineage] =
      get<[number]>("SELECT id FROM lineage WHERE space = ? AND thread = ? LIMIT 1", space, packed) ?? []
    if (lineage === undefined) break
    const from = lineage * span
    const to = from + span
    const [entries, bytes] = get<[entries: number, bytes: number]>(
      `SELECT count(*), coalesce(sum(coalesce(length(meta), 0) + coalesce(length(body), 0)), 0) FROM entry
        WHERE place > ? AND place < ?`,
      from,
      to
    ) ?? [0, 0]
    freed.entries += entries
    freed.bytes += bytes
    const [chunks, chunkBytes] = get<[chunks: number, bytes: number]>(
      `SELECT count(*), coalesce(sum(length(data)), 0) FROM chunk WHERE id IN (SELECT chunk FROM holding AS mine
        WHERE lineage = ? AND NOT EXISTS (SELECT 1 FROM holding AS theirs
          WHERE theirs.chunk = mine.chunk AND theirs.lineage <> mine.lineage))`,
      lineage
    ) ?? [0, 0]
    freed.chunks += chunks
    freed.bytes += chunkBytes
    run(
      `DELETE FROM chunk WHERE id IN (SELECT chunk FROM holding AS mine
        WHERE lineage = ? AND NOT EXISTS (SELECT 1 FROM holding AS theirs
          WHERE theirs.chunk = mine.chunk AND theirs.lineage <> mine.lineage))`,
      lineage
    )
    run("DELETE FROM holding WHERE lineage = ?", lineage)
    run("DELETE FROM named WHERE place > ? AND place < ?", from, to)
    run("DELETE FROM entry WHERE place > ? AND place < ?", from, to)
    run("DELETE FROM lineage WHERE id = ?", lineage)
    run("INSERT OR REPLACE INTO deleted (space, thread, at) VALUES (?, ?, ?)", space, tombstone(thread), at)
  }
  return freed
}
