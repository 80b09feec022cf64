import { layer as sharing } from "@effect/vitest"
import { suite } from "./checkpointStoreContract.js"
import { runStorages } from "./runStorages.js"

for (const [name, layer] of runStorages) {
  sharing(layer)(`checkpoints, nodes, artifacts and tool calls ${name}`, suite)
}
