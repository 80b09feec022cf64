/**
 * Recorded runs. A recording is a checkpoint with the run's input, the nodes that were saved to it, and their steps: calls of tools and of
 * the network as tool traces, the rest with the node. Owns: what of a run is kept where, and that it is given out as it was written.
 * Does not own: carrying out runs (Recorder), and where bytes lie (RunStorage).
 */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type { CheckpointId } from "../domain/Ids.js"
import type { JsonObject } from "../domain/Json.js"
import type { Overrides } from "../domain/Overrides.js"
import { RecordingDamaged, RecordingOutdated } from "../domain/ReplayErrors.js"
import type { RunNotFound } from "../domain/RunErrors.js"
import { GraphNode } from "../domain/GraphNode.js"
import { ScratchpadArtifact } from "../domain/ScratchpadArtifact.js"
import { ToolTrace } from "../domain/ToolTrace.js"
import { digestOf } from "../replay/nodeKey.js"
import type { RecordedNode, Recording } from "../replay/Recording.js"
import { kinds } from "../runs/entry.js"
import { nodePart } from "../runs/snapshot.js"
import { noScaffold, stateOf, toCheckpoint } from "./checkpoints/native.js"
import { locateOrFail } from "./checkpoints/locate.js"
import { CheckpointStore, type SaveError } from "./CheckpointStore.js"
import {
  format,
  formatOf,
  fromStored,
  isRecording,
  readRun,
  toArtifacts,
  toGraphNode,
  toTraces,
  writeRun
} from "./recorder/stored.js"
import * as Records from "./records/records.js"
import { type ReadError, RunLog } from "./RunLog.js"
import { RunStorage } from "./RunStorage.js"

export interface NewRecording {
  readonly name: string
  readonly input: JsonObject
  readonly seed: string
  readonly overrides: Overrides
  /** The recording that this is a replay of: it goes on from there, on a branch of its own. */
  readonly from?: { readonly id: CheckpointId; readonly branch?: string | undefined } | undefined
}

export class Recordings extends Context.Tag("aegis/Recordings")<
  Recordings,
  {
    readonly begin: (run: NewRecording) => Effect.Effect<CheckpointId, SaveError>
    /** Keeps nodes that have ended, each with its steps or not at all; one after the other where they are many. */
    readonly put: (
      id: CheckpointId,
      nodes: ReadonlyArray<RecordedNode>
    ) => Effect.Effect<void, Records.RecordError>
    readonly load: (
      id: string
    ) => Effect.Effect<Recording, ReadError | RunNotFound | RecordingDamaged | RecordingOutdated>
    /** The ids of all recordings with the names of their runs, newest first. */
    readonly list: Effect.Effect<ReadonlyArray<{ readonly id: string; readonly name: string }>, ReadError>
  }
>() {}

/** Nodes that are written in one transaction. */
const together = 256

export const make = Effect.gen(function* () {
  const checkpoints = yield* CheckpointStore
  const log = yield* RunLog
  const storage = yield* RunStorage
  const nodes = Records.make(log, storage, {
    kind: kinds.node,
    name: "node",
    schema: GraphNode,
    part: nodePart
  })
  const artifacts = Records.make(log, storage, {
    kind: kinds.artifact,
    name: "artifact",
    schema: ScratchpadArtifact,
    part: () => "a"
  })
  const traces = Records.make(log, storage, {
    kind: kinds.toolTrace,
    name: "tool trace",
    schema: ToolTrace,
    part: () => "t"
  })

  return Recordings.of({
    begin: Effect.fn("Recordings.begin")(function* ({ from, name, ...run }: NewRecording) {
      const checkpoint = yield* checkpoints.create({
        name,
        scaffoldId: noScaffold,
        // what is saved twice is one checkpoint, but two replays are two
        state: { ...writeRun(run), ...(from === undefined ? {} : { replay: yield* Random.nextInt }) },
        metadata: { aegis: format },
        ...(from === undefined ? {} : { parentId: from.id, branch: from.branch })
      })
      return checkpoint.id
    }),
    put: Effect.fn("Recordings.put")(function* (id: CheckpointId, ended: ReadonlyArray<RecordedNode>) {
      const checkpoint = yield* locateOrFail(log, storage, id)
      const at = yield* Clock.currentTimeMillis
      for (let from = 0; from < ended.length; from += together) {
        const drafts = yield* Effect.forEach(ended.slice(from, from + together), (node) =>
          Effect.all([
            ...toTraces(id, node).map((trace) => traces.draft(checkpoint, trace, at)),
            ...toArtifacts(id, node).map((artifact) => artifacts.draft(checkpoint, artifact, at)),
            nodes.draft(checkpoint, toGraphNode(node), at)
          ])
        )
        yield* storage.append(checkpoint.lineage, drafts.flat())
      }
    }),
    list: Effect.map(checkpoints.list({ limit: Infinity }), (all) =>
      all.flatMap(({ id, metadata, name }) => (isRecording(metadata) ? [{ id, name }] : []))
    ),
    load: Effect.fn("Recordings.load")(function* (id: string) {
      const snapshot = yield* locateOrFail(log, storage, id)
      // its nodes are read below, as recorded ones
      const { metadata, name, state } = yield* toCheckpoint(snapshot, yield* stateOf(log, snapshot), [])
      const made = formatOf(metadata)
      if (made !== undefined && made !== format) {
        return yield* new RecordingOutdated({ recording: name, format: made.slice(0, 40) })
      }
      const run = made === format ? readRun(state) : undefined
      if (run === undefined) {
        return yield* new RecordingDamaged({ node: name, problem: "the checkpoint holds no recorded run" })
      }
      const steps = Arr.groupBy(yield* traces.list(id), ({ nodeId }) => nodeId ?? "")
      const kept = Arr.groupBy(yield* artifacts.list(id), ({ nodeId }) => nodeId ?? "")
      const recorded = yield* Effect.forEach(yield* nodes.list(id), (node) =>
        fromStored(node, steps[node.id] ?? [], kept[node.id] ?? [])
      )
      for (const { digest, kind, name, outcome } of recorded) {
        if (outcome._tag !== "done") continue
        if (Either.getOrUndefined(digestOf(outcome.value)) !== digest) {
          return yield* new RecordingDamaged({
            node: `${kind} ${name}`,
            problem: "its output is not what its digest says"
          })
        }
      }
      return { id, name, ...run, nodes: recorded }
    })
  })
})

export const layer: Layer.Layer<Recordings, never, CheckpointStore | RunLog | RunStorage> = Layer.effect(
  Recordings,
  make
)
