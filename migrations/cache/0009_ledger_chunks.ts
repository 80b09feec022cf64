import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"

/** Columns of `operations`, and what they are of a record in `telemetry`, and of one in a chunk: a path, or the place of a text. */
const columns: ReadonlyArray<readonly [name: string, left: string, packed: string | number]> = [
  ["operation", "operation", 4],
  ["outcome", "outcome", 5],
  ["error", "error", "$[15].error"],
  ["namespace", "namespace", 6],
  ["provider", "provider", 7],
  ["model", "model", 8],
  ["scaffold", "scaffoldId", 3],
  ["checkpoint", "checkpointId", "$[15].checkpointId"],
  ["tokens", "tokenCount", "$[9]"],
  ["usd", "cost", "$[10]"],
  ["saved_usd", "$.saved.cost", "$[15].saved.cost"],
  ["milliseconds", "latency", "$[11]"],
  ["uncached_input", "$.usage.uncachedInput", "$[15].usage.uncachedInput"],
  ["cache_read", "$.usage.cacheRead", "$[15].usage.cacheRead"],
  ["cache_write_5m", "$.usage.cacheWrite5m", "$[15].usage.cacheWrite5m"],
  ["cache_write_1h", "$.usage.cacheWrite1h", "$[15].usage.cacheWrite1h"],
  ["output", "$.usage.output", "$[15].usage.output"],
  ["trace", "traceId", "$[15].traceId"]
]

const instant = (millis: string): string =>
  `strftime('%Y-%m-%dT%H:%M:%fZ', (${millis}) / 1000.0, 'unixepoch')`

/** What version 1 knew of an operation stood in its metadata. */
const leftColumns = columns.map(([name, path]) =>
  ["namespace", "provider", "model"].includes(name)
    ? `coalesce(record ->> '${path}', record ->> '$.metadata.${path}') AS ${name}`
    : `record ->> '${path}' AS ${name}`
)
const packedColumns = columns.map(([name, , path]) =>
  typeof path === "number"
    ? `names ->> (record.value ->> ${path}) AS ${name}`
    : `record.value ->> '${path}' AS ${name}`
)

/**
 * Records lie in chunks: a JSON array of those of one hour that were written together, for a row of each takes longer to write than all
 * the rest. Each is an array itself (layers/ledger/packedRecord.ts), whose numbers for texts count in `names`. In `telemetry` one record
 * is left by another hand, until the next reader packs it. `hour` of a request is the last in which it was sent. `reported_input` are all
 * tokens of input of calls whose provider said what it read from its cache.
 */
export const up: Effect.Effect<void, SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE telemetry_chunk (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hour INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    size INTEGER NOT NULL,
    version INTEGER NOT NULL,
    names TEXT NOT NULL,
    records TEXT NOT NULL
  ) STRICT`
  yield* sql`CREATE INDEX telemetry_chunk_time ON telemetry_chunk (hour, first_at, last_at, size)`
  yield* sql`CREATE TABLE telemetry_of_checkpoint (
    checkpoint_id TEXT NOT NULL,
    chunk INTEGER NOT NULL REFERENCES telemetry_chunk (id) ON DELETE CASCADE,
    PRIMARY KEY (checkpoint_id, chunk)
  ) STRICT, WITHOUT ROWID`
  yield* sql`CREATE INDEX telemetry_of_checkpoint_chunk ON telemetry_of_checkpoint (chunk)`
  yield* sql`ALTER TABLE telemetry_request ADD COLUMN hour INTEGER NOT NULL DEFAULT 0`
  yield* sql`ALTER TABLE telemetry_hour ADD COLUMN reported_input INTEGER NOT NULL DEFAULT 0`
  yield* sql`UPDATE telemetry_hour SET reported_input = uncached_input + cache_read + cache_write_5m + cache_write_1h
    WHERE usage_calls > 0`
  yield* sql`DROP INDEX telemetry_created_at`
  yield* sql`DROP INDEX telemetry_checkpoint`
  yield* sql`DROP INDEX telemetry_pending`
  yield* sql`DROP VIEW operations`
  yield* sql.unsafe(`CREATE VIEW operations AS
    SELECT (names ->> (record.value ->> 1)) || (record.value ->> 2) AS id,
      ${instant("hour * 3600000 + (record.value ->> 0)")} AS at, ${packedColumns.join(", ")}
    FROM telemetry_chunk, json_each(telemetry_chunk.records) AS record
    UNION ALL
    SELECT record ->> 'id' AS id, ${instant("created_at")} AS at, ${leftColumns.join(", ")} FROM telemetry`)
})
