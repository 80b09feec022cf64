import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"

/**
 * Answers of providers by the request. `head` is JSON: status, headers, and the length of each piece of the body. The body stands last,
 * so that what only counts rows does not read it.
 */
export const up: Effect.Effect<void, SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE response (
    id INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    key BLOB NOT NULL,
    at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    head TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (namespace, key)
  ) STRICT`
  yield* sql`CREATE INDEX response_age ON response (at, bytes)`
})
