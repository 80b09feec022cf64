/** How budgets stand. */
import * as Effect from "effect/Effect"
import type { Budget, BudgetStatus } from "../../domain/Budget.js"
import type { StoreError } from "../../domain/StoreErrors.js"
import type { BudgetStorage } from "../BudgetStorage.js"
import { type Account, claimOf, keyOf, periodOf, resetOf } from "./accounts.js"
import { subjectOf } from "./alerts.js"
import { toUsd } from "./nanos.js"

/** Of those that are counted for each run or each namespace. */
const shown = 10

interface Asked {
  readonly at: number
  readonly namespace: string
  readonly run: string | undefined
}

/** The accounts that a budget limits, as far as they are shown. */
const accountsOf = (
  storage: BudgetStorage["Type"],
  { namespace, scope }: Budget,
  asked: Asked
): Effect.Effect<ReadonlyArray<Account>, StoreError> => {
  if (scope === "day" || scope === "month") {
    return Effect.succeed([{ scope, namespace: namespace ?? "", subject: periodOf(scope, asked.at) }])
  }
  if (scope === "namespace") {
    const own = { scope, namespace: namespace ?? asked.namespace, subject: "" }
    return namespace === undefined
      ? Effect.map(storage.dearest(scope, undefined, shown), (dearest) => [own, ...dearest])
      : Effect.succeed([own])
  }
  return asked.run === undefined
    ? storage.dearest(scope, namespace, shown)
    : Effect.succeed([{ scope, namespace: namespace ?? asked.namespace, subject: asked.run }])
}

/** In the order of the settings. */
export const statusesOf = Effect.fnUntraced(function* (
  storage: BudgetStorage["Type"],
  budgets: ReadonlyArray<Budget>,
  asked: Asked
) {
  const statuses = yield* Effect.forEach(budgets, (budget) =>
    Effect.gen(function* () {
      const found = yield* accountsOf(storage, budget, asked)
      const accounts = [...new Map(found.map((account) => [keyOf(account), account])).values()]
      const balances = yield* storage.read(accounts, asked.at)
      return accounts.flatMap((account, i): ReadonlyArray<BudgetStatus> => {
        const balance = balances[i]
        if (balance === undefined) return []
        const { reserved, spent, unpriced } = balance
        const { hard } = claimOf(account, budget)
        const full = hard !== undefined && spent + reserved >= hard
        return [
          {
            ...subjectOf(account),
            soft: budget.soft ?? null,
            hard: budget.hard ?? null,
            spent: toUsd(spent),
            reserved: toUsd(reserved),
            left: hard === undefined ? null : toUsd(Math.max(0, hard - spent - reserved)),
            unpriced,
            resetsAt: resetOf(account.scope, asked.at) ?? null,
            state: full ? "hard" : budget.soft !== undefined && toUsd(spent) >= budget.soft ? "soft" : "ok"
          }
        ]
      })
    })
  )
  return statuses.flat()
})
