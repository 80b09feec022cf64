/** What most programs need of the run store: functions over its services, for input as it comes. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Checkpoint } from "../domain/Checkpoint.js"
import { CheckpointId, ScaffoldId } from "../domain/Ids.js"
import { JsonObject } from "../domain/Json.js"
import { InvalidInput } from "../domain/PromptErrors.js"
import { type NameTaken, RunNotFound } from "../domain/RunErrors.js"
import { ScratchpadArtifact } from "../domain/ScratchpadArtifact.js"
import type { ToolTrace } from "../domain/ToolTrace.js"
import { type ArtifactOptions, ArtifactStore } from "./ArtifactStore.js"
import { CheckpointStore, type SaveError, type SaveInput } from "./CheckpointStore.js"
import type { RecordError } from "./records/records.js"
import type { ReadError } from "./RunLog.js"
import { type ToolTraceOptions, ToolTraceStore } from "./ToolTraceStore.js"

/** Checks one argument. What stands there instead of what is expected is not told: it may be a state. */
const argument = <A, I>(
  model: "Checkpoint" | "ScratchpadArtifact" | "ToolTrace",
  name: string,
  expected: string,
  schema: Schema.Schema<A, I>
): ((value: unknown) => Effect.Effect<A, InvalidInput>) => {
  const decode = Schema.decodeUnknown(schema)
  return (value) =>
    Effect.mapError(
      decode(value),
      () => new InvalidInput({ path: `/${name}`, problem: `Expected ${expected}`, schema: model })
    )
}

const scaffoldOf = argument("Checkpoint", "scaffoldId", "the id of a scaffold, a UUID", ScaffoldId)
const stateOf = argument("Checkpoint", "state", "a JSON object", JsonObject)
const checkpointOf = argument("ToolTrace", "checkpointId", "the id of a checkpoint, a UUID", CheckpointId)
const types = ScratchpadArtifact.fields.type
const typeOf = argument(
  "ScratchpadArtifact",
  "type",
  types.literals.map((type) => `"${type}"`).join(" or "),
  types
)
const inputsOf = argument("ToolTrace", "inputs", "a JSON object", JsonObject)
const outputsOf = argument("ToolTrace", "outputs", "a JSON object", JsonObject)

/** Where else a checkpoint goes, and what else it has. */
export type CheckpointOptions = Omit<SaveInput, "name" | "scaffoldId" | "state">

/**
 * Saves a state as a checkpoint. Without options it begins a run; with a `thread` or a `parentId` it goes on with one.
 *
 * @example
 * const first = yield* saveCheckpoint(resolved.originalScaffold.id, { step: 1 }, "plan")
 * const next = yield* saveCheckpoint(resolved.originalScaffold.id, { step: 2 }, "plan", { parentId: first.id })
 * next.revision // 2
 */
export const saveCheckpoint: (
  scaffoldId: string,
  state: unknown,
  name?: string,
  options?: CheckpointOptions
) => Effect.Effect<Checkpoint, SaveError | InvalidInput, CheckpointStore> = Effect.fnUntraced(
  function* (scaffoldId, state, name, options) {
    const store = yield* CheckpointStore
    return yield* store.create({
      ...options,
      scaffoldId: yield* scaffoldOf(scaffoldId),
      state: yield* stateOf(state),
      name
    })
  }
)

/** A checkpoint by its id. */
export const getCheckpoint = (
  id: string
): Effect.Effect<Checkpoint, ReadError | RunNotFound, CheckpointStore> =>
  Effect.flatMap(CheckpointStore, (store) =>
    Effect.flatMap(
      store.load(id),
      Option.match({
        onNone: () => new RunNotFound({ kind: "checkpoint", name: id }),
        onSome: (checkpoint) => Effect.succeed(checkpoint)
      })
    )
  )

/** Begins a branch at a checkpoint. The branch must not be there yet. */
export const branchFrom = (
  checkpointId: string,
  name: string
): Effect.Effect<Checkpoint, SaveError | NameTaken, CheckpointStore> =>
  Effect.flatMap(CheckpointStore, (store) => store.branch(checkpointId, name))

/** Keeps a note, code, a test or a lint report with a checkpoint. */
export const addScratchpad: (
  checkpointId: string,
  content: string,
  type: string,
  options?: ArtifactOptions
) => Effect.Effect<ScratchpadArtifact, RecordError | InvalidInput, ArtifactStore> = Effect.fnUntraced(
  function* (checkpointId, content, type, options) {
    const store = yield* ArtifactStore
    return yield* store.addScratchpad(
      yield* checkpointOf(checkpointId),
      content,
      yield* typeOf(type),
      options
    )
  }
)

/** What was kept with a checkpoint, in the order in which it came. */
export const listScratchpads = (
  checkpointId: string
): Effect.Effect<ReadonlyArray<ScratchpadArtifact>, ReadError | RunNotFound, ArtifactStore> =>
  Effect.flatMap(ArtifactStore, (store) => store.listScratchpads(checkpointId))

/** Records a call of a tool. It succeeded unless the options have an error. */
export const addToolTrace: (
  checkpointId: string,
  toolName: string,
  inputs: unknown,
  outputs: unknown,
  options?: ToolTraceOptions
) => Effect.Effect<ToolTrace, RecordError | InvalidInput, ToolTraceStore> = Effect.fnUntraced(
  function* (checkpointId, toolName, inputs, outputs, options) {
    const store = yield* ToolTraceStore
    return yield* store.addToolTrace(
      yield* checkpointOf(checkpointId),
      toolName,
      yield* inputsOf(inputs),
      yield* outputsOf(outputs),
      options
    )
  }
)

/** The calls of tools that belong to a checkpoint, in the order in which they came. */
export const listToolTraces = (
  checkpointId: string
): Effect.Effect<ReadonlyArray<ToolTrace>, ReadError | RunNotFound, ToolTraceStore> =>
  Effect.flatMap(ToolTraceStore, (store) => store.listToolTraces(checkpointId))
