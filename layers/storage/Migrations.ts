/**
 * Forward-only migrations, each service's with a ledger of its own. The ledger is read before and after: a schema from
 * a newer Aegis is refused, a hole is an error, and success means that every migration is in the database. Any number
 * of processes may call `run` at once; one migrates, the others wait for it and then find nothing to do.
 *
 * All missing migrations are applied in one transaction: either all are there afterwards or none.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { MigrationFailed, SchemaTooNew } from "../../src/domain/StoreErrors.js"
import type { StoreError } from "../../src/domain/StoreErrors.js"
import { isBusy, reasonOf, toStoreError } from "./sqlError.js"
import { transaction } from "./Transaction.js"

/** Ids count upwards from 1 and are never reused; a published migration is never changed. */
export type Migration = readonly [
  id: number,
  name: string,
  up: Effect.Effect<void, SqlError, SqlClient.SqlClient>
]

export type Applied = readonly [id: number, name: string]

export interface Plan {
  /** The table that records what was applied. */
  readonly ledger: string
  /** What the schema belongs to, for a person: "The run store". */
  readonly what: string
  readonly migrations: ReadonlyArray<Migration>
  /** Stop after this id, as if later migrations did not exist yet: for tests that migrate real rows. */
  readonly through?: number | undefined
}

/** What `status` reports: `newer` are applied migrations that this Aegis does not know. */
export interface Status {
  readonly applied: ReadonlyArray<Applied>
  readonly missing: ReadonlyArray<Applied>
  readonly newer: ReadonlyArray<Applied>
}

/** Brings the schema up to date and returns what was applied, oldest first; nothing when it already was. */
export const run = Effect.fn("Migrations.run")(function* (plan: Plan) {
  const store = toStoreError(`migrate ${plan.ledger}`)
  const before = yield* check(plan, yield* Effect.mapError(readLedger(plan.ledger), store))
  if (before.length === 0) return []
  const applied = yield* transaction(applyMissing(plan)).pipe(
    // A sibling's migration may hold the lock for longer than a statement has patience.
    Effect.retry({ times: 5, while: (error) => error._tag === "SqlError" && isBusy(error) }),
    Effect.catchTag("SqlError", (error) => Effect.fail(store(error)))
  )
  const after = yield* check(plan, yield* Effect.mapError(readLedger(plan.ledger), store))
  if (after.length > 0) return yield* failed(plan, after)
  return applied
})

/** What is applied and what is missing; changes nothing. */
export const status = Effect.fn("Migrations.status")(function* (plan: Plan) {
  const applied = yield* Effect.mapError(readLedger(plan.ledger), toStoreError(`read ${plan.ledger}`))
  const known = new Set(plan.migrations.map(([id]) => id))
  return {
    applied,
    missing: missingFrom(plan, applied).map(([id, name]) => [id, name] as const),
    newer: applied.filter(([id]) => !known.has(id))
  } satisfies Status
})

const applyMissing = (
  plan: Plan
): Effect.Effect<
  ReadonlyArray<Applied>,
  MigrationFailed | SchemaTooNew | StoreError | SqlError,
  SqlClient.SqlClient
> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql.onDialectOrElse({
      // A lock of the transaction, so it works through a connection pooler too. SQLite's BEGIN already took the lock.
      pg: () => sql`SELECT pg_advisory_xact_lock(hashtextextended(${`aegis:${plan.ledger}`}, 0))`,
      orElse: () => Effect.void
    })
    yield* sql`CREATE TABLE IF NOT EXISTS ${sql(plan.ledger)} (
      migration_id integer PRIMARY KEY NOT NULL,
      created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
      name text NOT NULL
    )`
    // Read again now that we hold the lock: a sibling may have migrated while we waited.
    const missing = yield* check(plan, yield* readLedger(plan.ledger))
    for (const [id, name, up] of missing) {
      yield* Effect.catchAllCause(up, (cause) => blame(plan, missing, cause))
      yield* sql`INSERT INTO ${sql(plan.ledger)} (migration_id, name) VALUES (${id}, ${name})`
    }
    return missing.map(([id, name]) => [id, name] as const)
  })

/** Whether the migration is at fault, or the disk, the lock, the connection: trying again helps with those only. */
const blame = (
  plan: Plan,
  missing: ReadonlyArray<Migration>,
  cause: Cause.Cause<SqlError>
): Effect.Effect<never, MigrationFailed | SqlError> => {
  if (Cause.isInterruptedOnly(cause)) return Effect.interrupt
  const error = Cause.squash(cause)
  return error instanceof SqlError && !["constraint", "transaction", "unknown"].includes(reasonOf(error))
    ? Effect.fail(error)
    : failed(plan, missing, error)
}

/** The migrations that have to be applied, or why they cannot be. */
const check = (
  plan: Plan,
  applied: ReadonlyArray<Applied>
): Effect.Effect<ReadonlyArray<Migration>, SchemaTooNew | MigrationFailed> => {
  const ids = plan.migrations.map(([id]) => id)
  if (ids.some((id, index) => !Number.isSafeInteger(id) || id <= (ids[index - 1] ?? 0))) {
    return failed(plan, [], new Error("Migration ids must be whole numbers that count upwards"))
  }
  const supported = ids.at(-1) ?? 0
  const found = applied.at(-1)?.[0] ?? 0
  if (found > supported) return Effect.fail(new SchemaTooNew({ what: plan.what, found, supported }))
  const missing = missingFrom(plan, applied)
  const skipped = missing.filter(([id]) => id < found)
  if (skipped.length > 0) {
    return failed(plan, skipped, new Error("A migration is missing below one that is applied"))
  }
  return Effect.succeed(missing)
}

const missingFrom = (plan: Plan, applied: ReadonlyArray<Applied>): ReadonlyArray<Migration> => {
  const there = new Set(applied.map(([id]) => id))
  return plan.migrations.filter(([id]) => id <= (plan.through ?? Number.MAX_SAFE_INTEGER) && !there.has(id))
}

/** The ledger's rows, oldest first; none when there is no ledger yet. */
const readLedger = (ledger: string): Effect.Effect<ReadonlyArray<Applied>, SqlError, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const tables = yield* sql.onDialectOrElse({
      pg: () =>
        sql`SELECT 1 FROM pg_tables WHERE tablename = ${ledger} AND schemaname = ANY (current_schemas(false))`,
      orElse: () => sql`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ${ledger}`
    })
    if (tables.length === 0) return []
    const rows = yield* sql<{
      readonly id: number
      readonly name: string
    }>`SELECT migration_id AS id, name FROM ${sql(ledger)} ORDER BY migration_id`
    return rows.map(({ id, name }) => [id, name] as const)
  })

const failed = (
  { ledger }: Plan,
  missing: ReadonlyArray<Migration>,
  cause?: unknown
): Effect.Effect<never, MigrationFailed> =>
  Effect.fail(new MigrationFailed({ ledger, missing: missing.map(([id, name]) => `${id} ${name}`), cause }))
