/** Budgets over the cache database of a folder, for several processes. A token of an answer costs a cent. */
import * as Layer from "effect/Layer"
import * as BudgetStorageSqlite from "../../../layers/BudgetStorageSqlite.js"
import * as CacheDatabase from "../../../layers/CacheDatabase.js"
import * as AegisConfig from "../../../src/services/AegisConfig.js"
import * as Budgets from "../../../src/services/Budgets.js"
import { centPrices } from "../../support/centPrices.js"

/** Two budgets, so that a reservation is in two accounts. */
export const hard = 2
export const timeoutMs = 1000

export const budgetsIn = (root: string): Layer.Layer<Budgets.Budgets> =>
  Budgets.layer.pipe(
    Layer.provide(centPrices),
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
