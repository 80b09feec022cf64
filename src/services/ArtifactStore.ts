/**
 * What runs produce and keep: notes, code, tests, lint reports. Owns: artifacts and what they were made by. Does not own:
 * the checkpoints that they belong to (CheckpointStore).
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import { ArtifactId, type CheckpointId, type NodeId, type ToolTraceId } from "../domain/Ids.js"
import type { JsonObject } from "../domain/Json.js"
import type { RunNotFound } from "../domain/RunErrors.js"
import { ScratchpadArtifact } from "../domain/ScratchpadArtifact.js"
import { kinds } from "../runs/entry.js"
import * as Records from "./records/records.js"
import { type ReadError, RunLog } from "./RunLog.js"
import { RunStorage } from "./RunStorage.js"

/** What else is known of an artifact. */
export interface ArtifactOptions {
  readonly name?: string | undefined
  readonly nodeId?: NodeId | undefined
  readonly toolTraceId?: ToolTraceId | undefined
  readonly metadata?: JsonObject | undefined
}

export class ArtifactStore extends Context.Tag("aegis/ArtifactStore")<
  ArtifactStore,
  {
    readonly addScratchpad: (
      checkpointId: CheckpointId,
      content: string,
      type: ScratchpadArtifact["type"],
      options?: ArtifactOptions
    ) => Effect.Effect<ScratchpadArtifact, Records.RecordError>
    /** In the order in which they were added. */
    readonly listScratchpads: (
      checkpointId: string
    ) => Effect.Effect<ReadonlyArray<ScratchpadArtifact>, ReadError | RunNotFound>
    readonly load: (id: string) => Effect.Effect<Option.Option<ScratchpadArtifact>, ReadError>
  }
>() {}

export const make = Effect.gen(function* () {
  const records = Records.make(yield* RunLog, yield* RunStorage, {
    kind: kinds.artifact,
    name: "artifact",
    schema: ScratchpadArtifact,
    part: () => "a"
  })
  return ArtifactStore.of({
    addScratchpad: Effect.fn("ArtifactStore.addScratchpad")(function* (
      checkpointId: CheckpointId,
      content: string,
      type: ScratchpadArtifact["type"],
      options: ArtifactOptions = {}
    ) {
      const facts = given(options)
      return yield* records.add(checkpointId, { content, type, ...facts }, (id, createdAt) => ({
        id: ArtifactId.make(id),
        checkpointId,
        content,
        type,
        createdAt,
        ...facts
      }))
    }),
    listScratchpads: Effect.fn("ArtifactStore.listScratchpads")(records.list),
    load: Effect.fn("ArtifactStore.load")(records.load)
  })
})

/** Without what is undefined. */
const given = ({ metadata, name, nodeId, toolTraceId }: ArtifactOptions): Partial<ScratchpadArtifact> => ({
  ...(name === undefined ? {} : { name }),
  ...(nodeId === undefined ? {} : { nodeId }),
  ...(toolTraceId === undefined ? {} : { toolTraceId }),
  ...(metadata === undefined ? {} : { metadata })
})

export const layer: Layer.Layer<ArtifactStore, never, RunLog | RunStorage> = Layer.effect(ArtifactStore, make)
