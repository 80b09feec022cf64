/** Which budgets a call counts to. What is counted together is an account; several limits may hold for one. */
import type { Budget, BudgetScope } from "../../domain/Budget.js"
import type { Timestamp } from "../../domain/Measures.js"
import { toNanos } from "./nanos.js"

/** `namespace` is "" where all are counted together. `subject` is the day, the month or the run; "" where there is none. */
export interface Account {
  readonly scope: BudgetScope
  readonly namespace: string
  readonly subject: string
}

/** The limits of an account in nano-dollars. `strict`: what cannot be priced is refused. */
export interface Claim {
  readonly account: Account
  readonly hard: number | undefined
  readonly soft: ReadonlyArray<number>
  readonly strict: boolean
}

/** Whose call it is, and when: in milliseconds since the epoch. */
export interface Caller {
  readonly namespace: string
  readonly run: string | undefined
  readonly at: number
}

/** The UTC day or month of an instant; "" for what has no period. */
export const periodOf = (scope: BudgetScope, at: number): string =>
  scope === "day" || scope === "month" ? new Date(at).toISOString().slice(0, scope === "day" ? 10 : 7) : ""

/** When the period of an instant ends. */
export const resetOf = (scope: BudgetScope, at: number): Timestamp | undefined => {
  if (scope !== "day" && scope !== "month") return undefined
  const date = new Date(at)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  const end = scope === "day" ? Date.UTC(year, month, date.getUTCDate() + 1) : Date.UTC(year, month + 1)
  // ISO 8601 in UTC is what a Timestamp is
  return new Date(end).toISOString() as Timestamp
}

/** The account of a budget that a call counts to, if it counts to one. */
const accountOf = ({ namespace, scope }: Budget, caller: Caller): Account | undefined => {
  if (namespace !== undefined && namespace !== caller.namespace) return undefined
  if (scope === "run") {
    return caller.run === undefined ? undefined : { scope, namespace: caller.namespace, subject: caller.run }
  }
  return {
    scope,
    namespace: scope === "namespace" ? caller.namespace : (namespace ?? ""),
    subject: periodOf(scope, caller.at)
  }
}

export const keyOf = ({ namespace, scope, subject }: Account): string =>
  JSON.stringify([scope, namespace, subject])

/** The limits of one budget over an account. */
export const claimOf = (account: Account, { hard, soft, unknownPrice }: Budget): Claim => ({
  account,
  hard: hard === undefined ? undefined : toNanos(hard),
  soft: soft === undefined ? [] : [toNanos(soft)],
  strict: hard !== undefined && unknownPrice !== "allow"
})

/** The lowest of two limits that may be there. */
const lower = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)

/** What a call has to ask: each account once, in the order of the settings, with all limits that hold for it. */
export const claimsOf = (budgets: ReadonlyArray<Budget>, caller: Caller): ReadonlyArray<Claim> => {
  const claims = new Map<string, Claim>()
  for (const budget of budgets) {
    const account = accountOf(budget, caller)
    if (account === undefined) continue
    const claim = claimOf(account, budget)
    const same = claims.get(keyOf(account))
    claims.set(
      keyOf(account),
      same === undefined
        ? claim
        : {
            account,
            hard: lower(same.hard, claim.hard),
            soft: [...new Set([...same.soft, ...claim.soft])],
            strict: same.strict || claim.strict
          }
    )
  }
  return [...claims.values()]
}
