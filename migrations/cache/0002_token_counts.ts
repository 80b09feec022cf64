import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"

/** Token counts by content, so that no text is counted twice. The oldest rows go first when there are too many. */
export const up: Effect.Effect<void, SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE token_count (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL,
    estimator TEXT NOT NULL,
    tokens INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (hash, estimator)
  ) STRICT`
})
