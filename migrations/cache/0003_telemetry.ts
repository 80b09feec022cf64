import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"

/** The ledger of operations, in the order in which they were written. `record` is the encoded TelemetryRecord. */
export const up: Effect.Effect<void, SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE telemetry (
    seq INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    operation TEXT NOT NULL,
    outcome TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT`
  yield* sql`CREATE INDEX telemetry_created_at ON telemetry (created_at)`
})
