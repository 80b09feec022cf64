import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"

/**
 * What a hit has to know at once gets columns, so that it reads no JSON. And fewer B-trees to write at every miss: the sizes
 * of blocks lie in the index of their digests, and which entries a block belongs to is only asked while pruning.
 */
export const up: Effect.Effect<void, SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE entry ADD COLUMN prices TEXT NOT NULL DEFAULT ''`
  yield* sql`ALTER TABLE entry ADD COLUMN tokens INTEGER NOT NULL DEFAULT 0`
  yield* sql`ALTER TABLE entry ADD COLUMN cost REAL`
  yield* sql`DROP INDEX entry_block_hash`
  yield* sql`ALTER TABLE block RENAME TO old_block`
  yield* sql`DROP INDEX block_bytes`
  yield* sql`CREATE TABLE block (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    content BLOB NOT NULL,
    UNIQUE (hash, bytes)
  ) STRICT`
  yield* sql`INSERT INTO block SELECT id, hash, bytes, content FROM old_block`
  yield* sql`DROP TABLE old_block`
})
