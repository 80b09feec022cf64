/** One side of a comparison of runs: a checkpoint with its nodes and artifacts, a recording as it was recorded. */
import * as Effect from "effect/Effect"
import type { GraphNode } from "../../domain/GraphNode.js"
import type { NodeId } from "../../domain/Ids.js"
import type { JsonObject } from "../../domain/Json.js"
import type { RecordingDamaged, RecordingOutdated } from "../../domain/ReplayErrors.js"
import type { RunNotFound } from "../../domain/RunErrors.js"
import type { ScratchpadArtifact } from "../../domain/ScratchpadArtifact.js"
import type { Outcome, RecordedNode } from "../../replay/Recording.js"
import type { Snapshot } from "../../runs/snapshot.js"
import { ArtifactStore } from "../ArtifactStore.js"
import { readCheckpoint } from "../checkpoints/read.js"
import { isRecording } from "../recorder/stored.js"
import { Recordings } from "../Recordings.js"
import { type ReadError, RunLog } from "../RunLog.js"
import { RunStorage } from "../RunStorage.js"

export interface SideNode {
  readonly id: NodeId
  readonly kind: GraphNode["nodeType"]
  readonly name: string
  /** Of recorded nodes. */
  readonly way: string | undefined
  /** Of the output, if it is known. */
  readonly digest: string | undefined
  readonly inputs: JsonObject
  readonly state: JsonObject
  readonly outcome: Outcome
}

export interface Side {
  readonly id: string
  readonly name: string
  readonly isRecording: boolean
  /** Of a recording its input: what its random numbers are made of is another each time. */
  readonly state: JsonObject
  /** Recorded ones in the order in which they ended: those in others before these. */
  readonly nodes: ReadonlyArray<SideNode>
  readonly artifacts: ReadonlyArray<ScratchpadArtifact>
}

const ofNode = ({ id, inputs, name, nodeType, outputs, state }: GraphNode): SideNode => ({
  id,
  kind: nodeType,
  name: name ?? id,
  way: undefined,
  digest: undefined,
  inputs,
  state,
  outcome: { _tag: "done", value: outputs }
})

const ofRecorded = ({ digest, id, inputs, kind, name, outcome, way }: RecordedNode): SideNode => ({
  id,
  kind,
  name,
  way,
  digest,
  inputs,
  state: {},
  outcome
})

export const readSide = (
  snapshot: Snapshot
): Effect.Effect<
  Side,
  ReadError | RunNotFound | RecordingDamaged | RecordingOutdated,
  ArtifactStore | Recordings | RunLog | RunStorage
> =>
  Effect.gen(function* () {
    const checkpoint = yield* readCheckpoint(yield* RunLog, yield* RunStorage, snapshot)
    const artifacts = yield* (yield* ArtifactStore).listScratchpads(snapshot.id)
    const shared = { id: snapshot.id, name: checkpoint.name, artifacts }
    if (!isRecording(checkpoint.metadata)) {
      const nodes = checkpoint.nodes.map(ofNode)
      return { ...shared, isRecording: false, state: checkpoint.state, nodes }
    }
    // read anew: what is given out as recorded has been proved to be that
    const { input, nodes } = yield* (yield* Recordings).load(snapshot.id)
    const ended = nodes.toSorted((one, other) => one.order - other.order)
    return { ...shared, isRecording: true, state: input, nodes: ended.map(ofRecorded) }
  })
