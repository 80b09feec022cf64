import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"

/**
 * The ledger gets sums by hour, so that a report of a million records reads some thousand rows. `rolled` says that a record is in its
 * sums: those of earlier versions are not, and are added before the next report. What was sent repeats, and is kept once. In
 * `telemetry_hour` what a record does not have is '', and money is in billionths of a dollar; a column of latencies is a sketch
 * (src/telemetry/sketch.ts). `operations` is for people who ask in SQL.
 */
export const up: Effect.Effect<void, SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE telemetry_request (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    request TEXT NOT NULL
  ) STRICT`
  yield* sql`ALTER TABLE telemetry ADD COLUMN request_id INTEGER`
  yield* sql`ALTER TABLE telemetry ADD COLUMN checkpoint_id TEXT`
  yield* sql`ALTER TABLE telemetry ADD COLUMN rolled INTEGER NOT NULL DEFAULT 0`
  yield* sql`CREATE INDEX telemetry_pending ON telemetry (seq) WHERE rolled = 0`
  yield* sql`CREATE INDEX telemetry_checkpoint ON telemetry (checkpoint_id, created_at)
    WHERE checkpoint_id IS NOT NULL`
  yield* sql`CREATE TABLE telemetry_hour (
    hour INTEGER NOT NULL,
    namespace TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    operation TEXT NOT NULL,
    outcome TEXT NOT NULL,
    records INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    hit INTEGER NOT NULL,
    miss INTEGER NOT NULL,
    follower INTEGER NOT NULL,
    replay INTEGER NOT NULL,
    bypass INTEGER NOT NULL,
    lookups INTEGER NOT NULL,
    lookup_hits INTEGER NOT NULL,
    answers INTEGER NOT NULL,
    answer_hits INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    priced_calls INTEGER NOT NULL,
    usage_calls INTEGER NOT NULL,
    reading_calls INTEGER NOT NULL,
    uncached_input INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    nano_uncached_input INTEGER NOT NULL,
    nano_cache_read INTEGER NOT NULL,
    nano_cache_write_5m INTEGER NOT NULL,
    nano_cache_write_1h INTEGER NOT NULL,
    nano_output INTEGER NOT NULL,
    nano_spent INTEGER NOT NULL,
    nano_saved INTEGER NOT NULL,
    saved_tokens INTEGER NOT NULL,
    nano_write_premium INTEGER NOT NULL,
    latency_lookup BLOB,
    latency_provider BLOB,
    latency_first_token BLOB,
    latency_total BLOB,
    UNIQUE (hour, namespace, provider, model, operation, outcome)
  ) STRICT`
  yield* sql`CREATE TABLE telemetry_pruned (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    before INTEGER NOT NULL
  ) STRICT`
  yield* sql`CREATE VIEW operations AS SELECT
    seq,
    record ->> 'id' AS id,
    strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch') AS at,
    operation,
    outcome,
    record ->> 'error' AS error,
    coalesce(record ->> 'namespace', record ->> '$.metadata.namespace') AS namespace,
    coalesce(record ->> 'provider', record ->> '$.metadata.provider') AS provider,
    coalesce(record ->> 'model', record ->> '$.metadata.model') AS model,
    record ->> 'scaffoldId' AS scaffold,
    checkpoint_id AS checkpoint,
    record ->> 'tokenCount' AS tokens,
    record ->> 'cost' AS usd,
    record ->> '$.saved.cost' AS saved_usd,
    record ->> 'latency' AS milliseconds,
    record ->> '$.usage.uncachedInput' AS uncached_input,
    record ->> '$.usage.cacheRead' AS cache_read,
    record ->> '$.usage.cacheWrite5m' AS cache_write_5m,
    record ->> '$.usage.cacheWrite1h' AS cache_write_1h,
    record ->> '$.usage.output' AS output,
    record ->> 'traceId' AS trace
  FROM telemetry`
})
