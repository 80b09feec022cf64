/**
 * The cache database as a hit needs it: one connection that reads a row and writes what the lookup leaves behind. It opens
 * what is there and current, and makes, mends and migrates nothing.
 */
import type Database from "better-sqlite3"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { cacheMigrations } from "../../migrations/cache/index.js"
import type { Hash } from "../../src/domain/Hash.js"
import type { ScaffoldRow } from "../../src/services/ScaffoldStorage.js"
import { toBytes, toColumn } from "../scaffolds/digests.js"
import { selectScaffold } from "../scaffolds/selectScaffold.js"
import { walAutocheckpoint } from "./cacheFile.js"

/** What a hit leaves behind: the use of its row, a count, and a record. `record` is an encoded TelemetryRecord. */
export interface Trace {
  readonly namespace: string
  readonly hash: Hash
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly record: string
  readonly recordVersion: number
}

export interface HitDatabase {
  readonly get: (namespace: string, hash: Hash) => ScaffoldRow | undefined
  /** Writes all of it or nothing. */
  readonly leave: (trace: Trace) => void
  readonly close: () => void
}

/**
 * Opens the cache in this folder; undefined where there is none that is ready for a hit. Throws where it cannot be read and
 * written.
 */
export const open = async (folder: string): Promise<HitDatabase | undefined> => {
  const filename = Path.join(folder, "cache.db")
  if (!Fs.existsSync(filename) || !Fs.existsSync(Path.join(folder, ".gitignore"))) return undefined
  Fs.accessSync(folder, Fs.constants.W_OK)
  Fs.accessSync(filename, Fs.constants.R_OK | Fs.constants.W_OK)
  const { default: Sqlite } = await import("better-sqlite3")
  const database = new Sqlite(filename, { fileMustExist: true, timeout: 100 })
  try {
    if (!isReady(database)) {
      database.close()
      return undefined
    }
    database.pragma("synchronous = NORMAL")
    database.pragma(`wal_autocheckpoint = ${walAutocheckpoint}`)
    return {
      // the column types of a row that this schema made; its digest is checked before anything is believed
      get: (namespace, hash) =>
        database.prepare<Array<unknown>, ScaffoldRow>(selectScaffold).get(toColumn(namespace), toBytes(hash)),
      leave: (trace) => leave(database, trace),
      close: () => void database.close()
    }
  } catch (cause) {
    database.close()
    throw cause
  }
}

/** Whether its journal is the log that others write too, and its schema this version's. */
const isReady = (database: Database.Database): boolean => {
  if (database.pragma("journal_mode", { simple: true }) !== "wal") return false
  const { ledger, migrations } = cacheMigrations
  const applied = database.prepare(`SELECT migration_id FROM ${ledger} ORDER BY migration_id`).pluck().all()
  return applied.join() === migrations.map(([id]) => id).join()
}

/** As ScaffoldStorageSqlite and LedgerStorageSqlite write it behind, for one lookup; its sums are made up for by the next report. */
const leave = (database: Database.Database, { at, hash, namespace, record, recordVersion }: Trace): void => {
  const column = toColumn(namespace)
  database
    .transaction(() => {
      database
        .prepare(
          `INSERT INTO access (entry_id, last_at, hits)
          SELECT id, ?, 1 FROM entry WHERE namespace = ? AND hash = ?
          ON CONFLICT (entry_id) DO UPDATE SET last_at = max(last_at, excluded.last_at), hits = hits + 1`
        )
        .run(at, column, toBytes(hash))
      database
        .prepare(
          `INSERT INTO lookup_count (namespace, outcome, lookups) VALUES (?, 'hit', 1)
          ON CONFLICT (namespace, outcome) DO UPDATE SET lookups = lookups + 1`
        )
        .run(column)
      database
        .prepare(
          `INSERT INTO telemetry (version, operation, outcome, created_at, record)
          VALUES (?, 'resolve', 'hit', ?, ?)`
        )
        .run(recordVersion, at, record)
    })
    .immediate()
}
