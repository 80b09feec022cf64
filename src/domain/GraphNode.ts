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
    metadata: Schema.optional(JsonObject),
    createdAt: Timestamp
  }).annotations({ identifier: "GraphNode" })
)
export interface GraphNode extends Schema.Schema.Type<typeof GraphNode> {}
