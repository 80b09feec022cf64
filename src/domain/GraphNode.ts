/** One step of a run. */
import * as Schema from "effect/Schema"
import { NodeId } from "./Ids.js"
import { JsonObject } from "./Json.js"
import { Timestamp } from "./Measures.js"
import { asStandard } from "./StandardSchema.js"

export const GraphNode = asStandard(
  Schema.Struct({
    id: NodeId,
    nodeType: Schema.Literal("plan", "module", "file"),
    state: JsonObject,
    inputs: JsonObject,
    outputs: JsonObject,
    name: Schema.optional(Schema.String),
    dependsOn: Schema.optional(Schema.Array(NodeId)).annotations({
      description: "the nodes whose outputs it used; together they form a graph without cycles"
    }),
    metadata: Schema.optional(JsonObject),
    createdAt: Timestamp
  }).annotations({ identifier: "GraphNode" })
)
export interface GraphNode extends Schema.Schema.Type<typeof GraphNode> {}
