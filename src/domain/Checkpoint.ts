/** A run's whole state at one point, with the nodes that led to it. */
import * as Schema from "effect/Schema"
import { GraphNode } from "./GraphNode.js"
import { BranchId, CheckpointId, ScaffoldId } from "./Ids.js"
import { JsonObject } from "./Json.js"
import { Timestamp } from "./Measures.js"
import { asStandard } from "./StandardSchema.js"

export const Checkpoint = asStandard(
  Schema.Struct({
    id: CheckpointId,
    name: Schema.String,
    scaffoldId: ScaffoldId,
    nodes: Schema.Array(GraphNode),
    state: JsonObject,
    metadata: Schema.optional(JsonObject),
    parentId: Schema.optional(CheckpointId),
    branchId: Schema.optional(BranchId),
    createdAt: Timestamp
  }).annotations({ identifier: "Checkpoint" })
)
export interface Checkpoint extends Schema.Schema.Type<typeof Checkpoint> {}
