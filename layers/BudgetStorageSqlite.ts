/**
 * What budgets keep, in the cache database: one step for each question, so that no process comes between the look at a limit and the
 * reservation below it. Numbers are bound as integers: a sum in SQL is exact.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { BudgetScope } from "../src/domain/Budget.js"
import type { StoreError } from "../src/domain/StoreErrors.js"
import type { Account } from "../src/services/budgets/accounts.js"
import { type Answer, BudgetStorage, type Reached } from "../src/services/BudgetStorage.js"
import { CacheDatabase } from "./CacheDatabase.js"
import { toColumn, toNamespace } from "./scaffolds/digests.js"
import { toStoreError } from "./storage/sqlError.js"
import type { Get, Run } from "./storage/SqliteWire.js"

/** As `isLive` has it. */
const live = "? < until AND at - (until - at) <= ?"

const removeEnded = `DELETE FROM budget_reservation WHERE NOT (${live})`
const findAccount = `SELECT id, spent, unpriced FROM budget_account
  WHERE scope = ? AND namespace = ? AND subject = ?`
const addAccount = "INSERT INTO budget_account (scope, namespace, subject) VALUES (?, ?, ?)"
const sumReserved = `SELECT coalesce(sum(nanos), 0) FROM budget_claim
  JOIN budget_reservation ON id = reservation WHERE account = ? AND ${live}`
const addReservation = "INSERT INTO budget_reservation (nanos, at, until) VALUES (?, ?, ?)"
const extendReservation = "UPDATE budget_reservation SET at = ?, until = ? WHERE id = ?"
const restoreReservation = "INSERT INTO budget_reservation (id, nanos, at, until) VALUES (?, ?, ?, ?)"
const addClaim = "INSERT INTO budget_claim (reservation, account) VALUES (?, ?)"
const removeReservation = "DELETE FROM budget_reservation WHERE id = ?"
const addSpent = "UPDATE budget_account SET spent = spent + ?, unpriced = unpriced + ? WHERE id = ?"
const addAlert = "INSERT OR IGNORE INTO budget_alert (account, soft) VALUES (?, ?)"

interface Found {
  readonly id: number
  readonly spent: number
  readonly unpriced: number
}

const columnsOf = ({ namespace, scope, subject }: Account): ReadonlyArray<string> => [
  scope,
  toColumn(namespace),
  toColumn(subject)
]

const find = (get: Get, account: Account): Found | undefined => {
  const row = get<readonly [id: number, spent: number, unpriced: number]>(findAccount, ...columnsOf(account))
  return row === undefined ? undefined : { id: row[0], spent: row[1], unpriced: row[2] }
}

const findOrAdd = (run: Run, get: Get, account: Account): Found =>
  find(get, account) ?? {
    id: Number(run(addAccount, ...columnsOf(account)).lastInsertRowid),
    spent: 0,
    unpriced: 0
  }

const reservedBy = (get: Get, id: number, at: number): number =>
  get<readonly [number]>(sumReserved, id, BigInt(at), BigInt(at))?.[0] ?? 0

export const make = Effect.gen(function* () {
  const { sql, step } = yield* CacheDatabase
  const inStep = <A>(operation: string, body: (run: Run, get: Get) => A): Effect.Effect<A, StoreError> =>
    Effect.mapError(step(body), toStoreError(operation))

  return BudgetStorage.of({
    reserve: ({ at, claims, nanos, until }) =>
      inStep("reserve from a budget", (run, get): Answer => {
        run(removeEnded, BigInt(at), BigInt(at))
        for (const { account, hard } of claims) {
          const known = find(get, account)
          const spent = known?.spent ?? 0
          const reserved = known === undefined ? 0 : reservedBy(get, known.id, at)
          if (hard !== undefined && spent + reserved + nanos > hard) {
            return { _tag: "Refused", account, limit: hard, spent, reserved }
          }
        }
        const { lastInsertRowid } = run(addReservation, BigInt(nanos), BigInt(at), BigInt(until))
        for (const { account } of claims) run(addClaim, lastInsertRowid, findOrAdd(run, get, account).id)
        return { _tag: "Taken", id: Number(lastInsertRowid) }
      }),

    renew: ({ at, claims, id, nanos, until }) =>
      inStep("renew what a budget reserved", (run, get) => {
        if (run(extendReservation, BigInt(at), BigInt(until), id).changes > 0) return
        run(restoreReservation, id, BigInt(nanos), BigInt(at), BigInt(until))
        for (const { account } of claims) run(addClaim, id, findOrAdd(run, get, account).id)
      }),

    settle: ({ claims, id, nanos, unpriced }) =>
      inStep("settle with a budget", (run, get) => {
        run(removeReservation, id)
        return claims.flatMap(({ account, soft }) => {
          const { id: row, spent: before } = findOrAdd(run, get, account)
          run(addSpent, BigInt(nanos), unpriced ? 1 : 0, row)
          const spent = before + nanos
          return soft
            .filter((limit) => spent >= limit && run(addAlert, row, BigInt(limit)).changes > 0)
            .map((limit): Reached => ({ account, soft: limit, spent }))
        })
      }),

    read: (accounts, at) =>
      inStep("read budgets", (_run, get) =>
        accounts.map((account) => {
          const known = find(get, account)
          return known === undefined
            ? { spent: 0, reserved: 0, unpriced: 0 }
            : { spent: known.spent, unpriced: known.unpriced, reserved: reservedBy(get, known.id, at) }
        })
      ),

    dearest: (scope: BudgetScope, namespace, most) => {
      const within = namespace === undefined ? sql`` : sql`AND namespace = ${toColumn(namespace)}`
      return sql<{ readonly namespace: string; readonly subject: string }>`
        SELECT namespace, subject FROM budget_account WHERE scope = ${scope} ${within}
        ORDER BY spent DESC, namespace, subject LIMIT ${most}`.pipe(
        Effect.map((rows) =>
          rows.map((row): Account => ({
            scope,
            namespace: toNamespace(row.namespace),
            subject: toNamespace(row.subject)
          }))
        ),
        Effect.mapError(toStoreError("read budgets"))
      )
    }
  })
})

export const layer: Layer.Layer<BudgetStorage, never, CacheDatabase> = Layer.effect(BudgetStorage, make)
