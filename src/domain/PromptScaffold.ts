/** A prompt as blocks, laid out, with the parameters that decide its answer. */
import * as Schema from "effect/Schema"
import { Hash } from "./Hash.js"
import { ScaffoldId } from "./Ids.js"
import { JsonObject } from "./Json.js"
import { Timestamp } from "./Measures.js"
import { PromptBlock } from "./PromptBlock.js"
import { Provider } from "./Provider.js"
import { Layout, PromptMark, Temperature } from "./ResolveInput.js"
import { asStandard } from "./StandardSchema.js"

/** Blocks are in layout order. `hash` is the scaffold key (docs/hashing.md), `id` its UUIDv5. */
export const PromptScaffold = asStandard(
  Schema.Struct({
    id: ScaffoldId,
    blocks: Schema.Array(PromptBlock),
    provider: Provider,
    model: Schema.String,
    temperature: Temperature,
    seed: Schema.optional(Schema.Finite),
    hash: Hash,
    createdAt: Timestamp,
    rulepacks: Schema.Array(Schema.String),
    context: Schema.optional(JsonObject),
    layout: Layout,
    marks: Schema.optional(Schema.Array(PromptMark))
  }).annotations({ identifier: "PromptScaffold" })
)
export interface PromptScaffold extends Schema.Schema.Type<typeof PromptScaffold> {}
