import { suite } from "./scaffoldStorageContract.js"
import { storages } from "./storages.js"

for (const [name, layer] of storages) suite(name, layer)
