import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"

/**
 * What was spent, by account, and what is reserved by calls under way, in nano-dollars. Ids of reservations are not used twice: one that
 * ended with its lease may be settled after that. `budget_alert` has the soft limits that were told.
 */
export const up: Effect.Effect<void, SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE budget_account (
    id INTEGER PRIMARY KEY,
    scope TEXT NOT NULL,
    namespace TEXT NOT NULL,
    subject TEXT NOT NULL,
    spent INTEGER NOT NULL DEFAULT 0,
    unpriced INTEGER NOT NULL DEFAULT 0,
    UNIQUE (scope, namespace, subject)
  ) STRICT`
  yield* sql`CREATE TABLE budget_reservation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    nanos INTEGER NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER NOT NULL
  ) STRICT`
  yield* sql`CREATE TABLE budget_claim (
    reservation INTEGER NOT NULL REFERENCES budget_reservation (id) ON DELETE CASCADE,
    account INTEGER NOT NULL REFERENCES budget_account (id),
    PRIMARY KEY (reservation, account)
  ) STRICT, WITHOUT ROWID`
  yield* sql`CREATE INDEX budget_claim_account ON budget_claim (account)`
  yield* sql`CREATE TABLE budget_alert (
    account INTEGER NOT NULL REFERENCES budget_account (id),
    soft INTEGER NOT NULL,
    PRIMARY KEY (account, soft)
  ) STRICT, WITHOUT ROWID`
})
