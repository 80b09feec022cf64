/** Something a run produced and keeps: a note, code, a test, a lint report. */
import * as Schema from "effect/Schema"
import { ArtifactId, CheckpointId, NodeId, ToolTraceId } from "./Ids.js"
import { JsonObject } from "./Json.js"
import { Timestamp } from "./Measures.js"
import { asStandard } from "./StandardSchema.js"

export const ScratchpadArtifact = asStandard(
  Schema.Struct({
    id: ArtifactId,
    checkpointId: CheckpointId,
    content: Schema.String,
    type: Schema.Literal("note", "code", "test", "lint"),
    name: Schema.optional(Schema.String),
    nodeId: Schema.optional(NodeId).annotations({ description: "the node that made it" }),
    toolTraceId: Schema.optional(ToolTraceId).annotations({ description: "the call that made it" }),
    metadata: Schema.optional(JsonObject),
    createdAt: Timestamp
  }).annotations({ identifier: "ScratchpadArtifact" })
)
export interface ScratchpadArtifact extends Schema.Schema.Type<typeof ScratchpadArtifact> {}
