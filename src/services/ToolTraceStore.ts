/**
 * Calls of tools: what went in, what came out, how long it took, which call each was a part of. Owns: the traces. Does not
 * own: carrying out the calls.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type CheckpointId, type NodeId, ToolTraceId } from "../domain/Ids.js"
import type { JsonObject } from "../domain/Json.js"
import { Millis } from "../domain/Measures.js"
import { InvalidInput } from "../domain/PromptErrors.js"
import type { RunNotFound } from "../domain/RunErrors.js"
import { ToolTrace } from "../domain/ToolTrace.js"
import { kinds } from "../runs/entry.js"
import * as Records from "./records/records.js"
import { type ReadError, RunLog } from "./RunLog.js"
import { RunStorage } from "./RunStorage.js"

/** How a call went. Without an error it succeeded. */
export interface ToolTraceOptions {
  /** Milliseconds. Default 0: unknown. */
  readonly duration?: number | undefined
  readonly error?: string | undefined
  readonly parentId?: ToolTraceId | undefined
  readonly nodeId?: NodeId | undefined
  readonly metadata?: JsonObject | undefined
}

const isMillis = Schema.is(Millis)

export class ToolTraceStore extends Context.Tag("aegis/ToolTraceStore")<
  ToolTraceStore,
  {
    readonly addToolTrace: (
      checkpointId: CheckpointId,
      toolName: string,
      inputs: JsonObject,
      outputs: JsonObject,
      options?: ToolTraceOptions
    ) => Effect.Effect<ToolTrace, Records.RecordError | InvalidInput>
    /** In the order in which they were added. */
    readonly listToolTraces: (
      checkpointId: string
    ) => Effect.Effect<ReadonlyArray<ToolTrace>, ReadError | RunNotFound>
    readonly load: (id: string) => Effect.Effect<Option.Option<ToolTrace>, ReadError>
  }
>() {}

export const make = Effect.gen(function* () {
  const records = Records.make(yield* RunLog, yield* RunStorage, {
    kind: kinds.toolTrace,
    name: "tool trace",
    schema: ToolTrace,
    part: () => "t"
  })
  return ToolTraceStore.of({
    addToolTrace: Effect.fn("ToolTraceStore.addToolTrace")(function* (
      checkpointId: CheckpointId,
      toolName: string,
      inputs: JsonObject,
      outputs: JsonObject,
      { duration = 0, error, metadata, nodeId, parentId }: ToolTraceOptions = {}
    ) {
      if (!isMillis(duration)) {
        return yield* new InvalidInput({ path: "/duration", problem: "Expected milliseconds, from 0 on" })
      }
      const facts = {
        toolName,
        inputs,
        outputs,
        success: error === undefined,
        ...(error === undefined ? {} : { error }),
        ...(parentId === undefined ? {} : { parentId }),
        ...(nodeId === undefined ? {} : { nodeId }),
        ...(metadata === undefined ? {} : { metadata })
      }
      return yield* records.add(checkpointId, facts, (id, createdAt) => ({
        id: ToolTraceId.make(id),
        checkpointId,
        duration,
        createdAt,
        ...facts
      }))
    }),
    listToolTraces: Effect.fn("ToolTraceStore.listToolTraces")(records.list),
    load: Effect.fn("ToolTraceStore.load")(records.load)
  })
})

export const layer: Layer.Layer<ToolTraceStore, never, RunLog | RunStorage> = Layer.effect(
  ToolTraceStore,
  make
)
