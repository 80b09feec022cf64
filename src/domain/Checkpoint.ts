/** A run's whole state at one point, with the nodes that led to it. */
import * as Schema from "effect/Schema"
import { Hash } from "./Hash.js"
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
    thread: Schema.optional(Schema.String).annotations({
      description: "the run that it belongs to; a checkpoint without a parent begins one"
    }),
    branch: Schema.optional(Schema.String).annotations({ description: "the name of its branch" }),
    revision: Schema.optional(Schema.Int.pipe(Schema.positive())).annotations({
      description: "counts the checkpoints of one name in one run"
    }),
    blocks: Schema.optional(Schema.Array(Hash)).annotations({
      description: "the blocks of the scaffold, by their hashes"
    }),
    createdAt: Timestamp
  }).annotations({ identifier: "Checkpoint" })
)
export interface Checkpoint extends Schema.Schema.Type<typeof Checkpoint> {}
