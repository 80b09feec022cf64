/** Checkpoints, artifacts and tool calls in one word each, for programs that need no more. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Checkpoint } from "../domain/Checkpoint.js"
import type { CheckpointId, ScaffoldId } from "../domain/Ids.js"
import type { JsonObject } from "../domain/Json.js"
import type { InvalidInput } from "../domain/PromptErrors.js"
import type { NameTaken } from "../domain/RunErrors.js"
import { RunNotFound } from "../domain/RunErrors.js"
import type { ScratchpadArtifact } from "../domain/ScratchpadArtifact.js"
import type { ToolTrace } from "../domain/ToolTrace.js"
import { type ArtifactOptions, ArtifactStore } from "./ArtifactStore.js"
import type { SaveError, SaveInput } from "./CheckpointStore.js"
import { CheckpointStore } from "./CheckpointStore.js"
import type { RecordError } from "./records/records.js"
import type { ReadError } from "./RunLog.js"
import { type ToolTraceOptions, ToolTraceStore } from "./ToolTraceStore.js"

/**
 * Saves the state of a run. Without a parent or a thread it begins a run.
 *
 * @example
 * const first = yield* saveCheckpoint(scaffoldId, { plan }, "planned")
 * const next = yield* saveCheckpoint(scaffoldId, { plan, code }, "written", { parentId: first.id })
 */
export const saveCheckpoint = (
  scaffoldId: ScaffoldId,
  state: JsonObject,
  name?: string,
  options: Omit<SaveInput, "scaffoldId" | "state" | "name"> = {}
): Effect.Effect<Checkpoint, SaveError, CheckpointStore> =>
  Effect.flatMap(CheckpointStore, (store) => store.create({ ...options, scaffoldId, state, name }))

export const getCheckpoint = (
  id: CheckpointId
): Effect.Effect<Checkpoint, ReadError | RunNotFound, CheckpointStore> =>
  Effect.flatMap(CheckpointStore, (store) => store.load(id)).pipe(
    Effect.flatMap(
      Option.match({
        onNone: () => new RunNotFound({ kind: "checkpoint", name: id }),
        onSome: (checkpoint) => Effect.succeed(checkpoint)
      })
    )
  )

/** A new branch of a run, which begins with the state of a checkpoint. */
export const branchFrom = (
  checkpointId: CheckpointId,
  name: string
): Effect.Effect<Checkpoint, SaveError | NameTaken, CheckpointStore> =>
  Effect.flatMap(CheckpointStore, (store) => store.branch(checkpointId, name))

export const addScratchpad = (
  checkpointId: CheckpointId,
  content: string,
  type: ScratchpadArtifact["type"],
  options?: ArtifactOptions
): Effect.Effect<ScratchpadArtifact, RecordError, ArtifactStore> =>
  Effect.flatMap(ArtifactStore, (store) => store.addScratchpad(checkpointId, content, type, options))

export const listScratchpads = (
  checkpointId: CheckpointId
): Effect.Effect<ReadonlyArray<ScratchpadArtifact>, ReadError | RunNotFound, ArtifactStore> =>
  Effect.flatMap(ArtifactStore, (store) => store.listScratchpads(checkpointId))

export const addToolTrace = (
  checkpointId: CheckpointId,
  toolName: string,
  inputs: JsonObject,
  outputs: JsonObject,
  options?: ToolTraceOptions
): Effect.Effect<ToolTrace, RecordError | InvalidInput, ToolTraceStore> =>
  Effect.flatMap(ToolTraceStore, (store) =>
    store.addToolTrace(checkpointId, toolName, inputs, outputs, options)
  )

export const listToolTraces = (
  checkpointId: CheckpointId
): Effect.Effect<ReadonlyArray<ToolTrace>, ReadError | RunNotFound, ToolTraceStore> =>
  Effect.flatMap(ToolTraceStore, (store) => store.listToolTraces(checkpointId))
