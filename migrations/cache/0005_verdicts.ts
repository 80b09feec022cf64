import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"

/** What rules found, as JSON, by all that it depends on. The oldest rows go first when there are too many. */
export const up: Effect.Effect<void, SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE verdict (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    findings TEXT NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT`
})
