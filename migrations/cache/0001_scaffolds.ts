import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"

/**
 * Thin rows over content-addressed blocks. Rows are immutable; what changes (last use, counters) lies in narrow tables
 * of its own, because writing into wide rows is ten times dearer. Keys are 32-byte digests on rowid tables, which read
 * several times faster than WITHOUT ROWID at this row size.
 */
export const up: Effect.Effect<void, SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    hash BLOB NOT NULL,
    version INTEGER NOT NULL,
    header TEXT NOT NULL,
    meta TEXT NOT NULL,
    digest BLOB NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (namespace, hash)
  ) STRICT`
  yield* sql`CREATE INDEX entry_recent ON entry (namespace, provider, model)`
  yield* sql`CREATE TABLE block (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    bytes INTEGER NOT NULL,
    content BLOB NOT NULL
  ) STRICT`
  yield* sql`CREATE INDEX block_bytes ON block (bytes)`
  yield* sql`CREATE TABLE entry_block (
    entry_id INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
    hash BLOB NOT NULL,
    PRIMARY KEY (entry_id, hash)
  ) STRICT, WITHOUT ROWID`
  yield* sql`CREATE INDEX entry_block_hash ON entry_block (hash)`
  yield* sql`CREATE TABLE access (
    entry_id INTEGER PRIMARY KEY REFERENCES entry (id) ON DELETE CASCADE,
    last_at INTEGER NOT NULL,
    hits INTEGER NOT NULL
  ) STRICT`
  yield* sql`CREATE INDEX access_last_at ON access (last_at)`
  yield* sql`CREATE TABLE lookup_count (
    namespace TEXT NOT NULL,
    outcome TEXT NOT NULL,
    lookups INTEGER NOT NULL,
    PRIMARY KEY (namespace, outcome)
  ) STRICT, WITHOUT ROWID`
  yield* sql`CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    hash TEXT NOT NULL,
    problem TEXT NOT NULL
  ) STRICT`
})
