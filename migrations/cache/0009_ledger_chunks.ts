import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"

/** Columns of `operations`, and what they are of a record in `telemetry` and of one in a chunk. */
const columns: ReadonlyArray<readonly [name: string, left: string, packed: string]> = [
  ["operation", "record ->> 'operation'", "kind ->> 0"],
  ["outcome", "record ->> 'outcome'", "kind ->> 1"],
  ["error", "record ->> 'error'", "value ->> '$[9].error'"],
  // what version 1 knew of an operation stood in its metadata
  ["namespace", "coalesce(record ->> 'namespace', record ->> '$.metadata.namespace')", "kind ->> 2"],
  ["provider", "coalesce(record ->> 'provider', record ->> '$.metadata.provider')", "kind ->> 3"],
  ["model", "coalesce(record ->> 'model', record ->> '$.metadata.model')", "kind ->> 4"],
  ["scaffold", "record ->> 'scaffoldId'", "texts ->> (value ->> 3)"],
  ["checkpoint", "record ->> 'checkpointId'", "value ->> '$[9].checkpointId'"],
  ["tokens", "record ->> 'tokenCount'", "value ->> 4"],
  ["usd", "record ->> 'cost'", "value ->> 5"],
  ["saved_usd", "record ->> '$.saved.cost'", "value ->> '$[9].saved.cost'"],
  ["milliseconds", "record ->> 'latency'", "value ->> 6"],
  ["uncached_input", "record ->> '$.usage.uncachedInput'", "value ->> '$[9].usage.uncachedInput'"],
  ["cache_read", "record ->> '$.usage.cacheRead'", "value ->> '$[9].usage.cacheRead'"],
  ["cache_write_5m", "record ->> '$.usage.cacheWrite5m'", "value ->> '$[9].usage.cacheWrite5m'"],
  ["cache_write_1h", "record ->> '$.usage.cacheWrite1h'", "value ->> '$[9].usage.cacheWrite1h'"],
  ["output", "record ->> '$.usage.output'", "value ->> '$[9].usage.output'"],
  ["trace", "record ->> 'traceId'", "value ->> '$[9].traceId'"]
]
const leftColumns = columns.map(([name, left]) => `${left} AS ${name}`).join(", ")
const packedColumns = columns.map(([name, , packed]) => `${packed} AS ${name}`).join(", ")

const instant = (millis: string): string =>
  `strftime('%Y-%m-%dT%H:%M:%fZ', (${millis}) / 1000.0, 'unixepoch')`

/**
 * Records lie in chunks: a JSON array of those of one hour that were written together, for a row of each takes longer to write than all
 * the rest. Each is an array itself (layers/ledger/packedRecord.ts), whose numbers count in `kinds` and `texts`; ids of less than 24 digits go on behind `prefix`. In `telemetry` one record
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
    prefix TEXT NOT NULL,
    kinds TEXT NOT NULL,
    texts TEXT NOT NULL,
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
    SELECT iif(length(name) < 24, prefix || name, name) AS id, ${instant("hour * 3600000 + after")} AS at, ${packedColumns}
    FROM (SELECT hour, prefix, texts, value, value ->> 0 AS after, value ->> 1 AS name, kinds -> (value ->> 2) AS kind
      FROM telemetry_chunk, json_each(records))
    UNION ALL
    SELECT record ->> 'id' AS id, ${instant("created_at")} AS at, ${leftColumns} FROM telemetry`)
})
