/** What the stores of runs promise on every storage: checkpoints, their nodes, artifacts and tool calls, and provenance. */
import type * as Layer from "effect/Layer"
import { names } from "./checkpointStoreNames.js"
import { nodes } from "./checkpointStoreNodes.js"
import { races } from "./checkpointStoreRaces.js"
import { records } from "./checkpointStoreRecords.js"
import { saves } from "./checkpointStoreSaves.js"
import { states } from "./checkpointStoreStates.js"
import type { RunDatabase } from "./runStorages.js"

export const suite = (name: string, database: Layer.Layer<RunDatabase>): void => {
  saves(name, database)
  states(name, database)
  names(name, database)
  nodes(name, database)
  records(name, database)
  races(name, database)
}
