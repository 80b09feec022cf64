import * as Layer from "effect/Layer"
import * as BudgetStorageSqlite from "../../layers/BudgetStorageSqlite.js"
import { layerMemory } from "../../src/services/BudgetStorage.js"
import { suite } from "./budgetStorageContract.js"
import { tempDatabase } from "./storages.js"

suite("in memory", layerMemory)
suite("on SQLite", BudgetStorageSqlite.layer.pipe(Layer.provide(tempDatabase)))
