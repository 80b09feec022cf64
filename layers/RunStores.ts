/** The stores of runs, over a storage of them. */
import * as Layer from "effect/Layer"
import * as ArtifactStore from "../src/services/ArtifactStore.js"
import * as CheckpointStore from "../src/services/CheckpointStore.js"
import * as GraphNodeStore from "../src/services/GraphNodeStore.js"
import * as Recordings from "../src/services/Recordings.js"
import * as RunLog from "../src/services/RunLog.js"
import type { RunStorage } from "../src/services/RunStorage.js"
import * as ToolTraceStore from "../src/services/ToolTraceStore.js"

export type RunStores =
  | ArtifactStore.ArtifactStore
  | CheckpointStore.CheckpointStore
  | GraphNodeStore.GraphNodeStore
  | Recordings.Recordings
  | RunLog.RunLog
  | RunStorage
  | ToolTraceStore.ToolTraceStore

/** The stores of runs over any storage. */
export const layerRuns = <E, R>(storage: Layer.Layer<RunStorage, E, R>): Layer.Layer<RunStores, E, R> =>
  Layer.mergeAll(ArtifactStore.layer, GraphNodeStore.layer, Recordings.layer, ToolTraceStore.layer).pipe(
    Layer.provideMerge(CheckpointStore.layer),
    Layer.provideMerge(RunLog.layer),
    Layer.provideMerge(storage)
  )
