import { suite } from "./runStorageContract.js"
import { history } from "./runStorageHistory.js"
import { runStorages } from "./runStorages.js"

for (const [name, layer] of runStorages) {
  suite(name, layer)
  if (name !== "in memory") history(name, layer, name === "on SQLite" ? 100 : 15)
}
