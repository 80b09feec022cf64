/** One call of a tool. `duration` is in milliseconds; `error` is there when `success` is false. */
import * as Schema from "effect/Schema"
import { CheckpointId, NodeId, ToolTraceId } from "./Ids.js"
import { JsonObject } from "./Json.js"
import { Millis, Timestamp } from "./Measures.js"
import { asStandard } from "./StandardSchema.js"

export const ToolTrace = asStandard(
  Schema.Struct({
    id: ToolTraceId,
    checkpointId: CheckpointId,
    toolName: Schema.String,
    inputs: JsonObject,
    outputs: JsonObject,
    duration: Millis,
    success: Schema.Boolean,
    error: Schema.optional(Schema.String),
    parentId: Schema.optional(ToolTraceId).annotations({ description: "the call that it is a part of" }),
    nodeId: Schema.optional(NodeId).annotations({ description: "the node that called" }),
    metadata: Schema.optional(JsonObject),
    createdAt: Timestamp
  }).annotations({ identifier: "ToolTrace" })
)
export interface ToolTrace extends Schema.Schema.Type<typeof ToolTrace> {}
