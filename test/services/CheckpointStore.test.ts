import { suite } from "./checkpointStoreContract.js"
import { runStorages } from "./runStorages.js"

for (const [name, layer] of runStorages) suite(name, layer)
