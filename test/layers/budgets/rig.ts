/** Budgets over the cache database of a folder, for several processes. A token of an answer costs a cent. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as BudgetStorageSqlite from "../../../layers/BudgetStorageSqlite.js"
import * as CacheDatabase from "../../../layers/CacheDatabase.js"
import type { Usd } from "../../../src/domain/Measures.js"
import * as AegisConfig from "../../../src/services/AegisConfig.js"
import * as Budgets from "../../../src/services/Budgets.js"
import { PriceList } from "../../../src/services/PriceList.js"

const prices = Layer.succeed(PriceList, {
  version: "test",
  pricing: () => Effect.dieMessage("not asked"),
  price: (_provider, _model, { output }) =>
    Effect.succeed({
      source: "test",
      version: "1",
      match: "exact" as const,
      amount: Option.some((output / 100) as Usd), // tokens are not negative
      money: Option.none()
    })
})

/** Two budgets, so that a reservation is in two accounts. */
export const hard = 2
export const timeoutMs = 1000

export const budgetsIn = (root: string): Layer.Layer<Budgets.Budgets> =>
  Budgets.layer.pipe(
    Layer.provide(prices),
    Layer.provide(BudgetStorageSqlite.layer),
    Layer.provide(CacheDatabase.layer),
    Layer.provide(
      AegisConfig.layer(root, {
        budgets: [
          { scope: "namespace", hard },
          { scope: "run", hard: 1000 }
        ],
        timeoutMs
      })
    ),
    Layer.orDie
  )
