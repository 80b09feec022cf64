/** One typed block of a prompt. */
import * as Schema from "effect/Schema"
import { Hash } from "./Hash.js"
import { BlockId } from "./Ids.js"
import { JsonObject } from "./Json.js"
import { Timestamp } from "./Measures.js"
import { asStandard } from "./StandardSchema.js"

/** What a block is for, most stable first. */
export const BlockType = Schema.Literal("requirements", "style_guide", "file_map", "context").annotations({
  identifier: "BlockType"
})
export type BlockType = typeof BlockType.Type

/**
 * A block of a prompt. `hash` is the SHA-256 of `content` in UTF-8. `metadata.name` is the `id` attribute that its
 * author gave it, `metadata.src` the pattern it was expanded from, `metadata.line` where it starts in its source,
 * `metadata.redactedFrom` the SHA-256 of what it was before secrets were taken out.
 */
export const PromptBlock = asStandard(
  Schema.Struct({
    id: BlockId,
    content: Schema.String,
    type: BlockType,
    hash: Hash,
    metadata: Schema.optional(JsonObject),
    createdAt: Timestamp,
    updatedAt: Timestamp
  }).annotations({ identifier: "PromptBlock" })
)
export interface PromptBlock extends Schema.Schema.Type<typeof PromptBlock> {}
