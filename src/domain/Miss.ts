/** Why a scaffold was not in the cache, told against the nearest one that was. */
import * as Schema from "effect/Schema"
import { Hash } from "./Hash.js"
import { Timestamp, TokenCount, Usd } from "./Measures.js"
import { BlockType } from "./PromptBlock.js"

/** The first block at which two prompts part. `index` counts from 0 in layout order. */
export const BlockDifference = Schema.Struct({
  change: Schema.Literal("changed", "added", "removed", "moved"),
  index: Schema.Int,
  type: BlockType,
  name: Schema.optional(Schema.String),
  line: Schema.optional(Schema.Int),
  oldHash: Schema.optional(Hash),
  newHash: Schema.optional(Hash)
}).annotations({ identifier: "BlockDifference" })
export interface BlockDifference extends Schema.Schema.Type<typeof BlockDifference> {}

/** A parameter of the key that differs, each value as canonical JSON. */
export const FieldDifference = Schema.Struct({
  field: Schema.String,
  old: Schema.String,
  new: Schema.String
}).annotations({ identifier: "FieldDifference" })
export interface FieldDifference extends Schema.Schema.Type<typeof FieldDifference> {}

/**
 * `tokensKept` lead both prompts and stay in the provider's cache; `tokensReread` stand behind the break and must be
 * read again. `rereadCost` is what reading them again costs over reading them from the provider's cache.
 */
export const PrefixComparison = Schema.Struct({
  block: Schema.optional(BlockDifference),
  fields: Schema.Array(FieldDifference),
  blocksKept: Schema.Int,
  tokensKept: TokenCount,
  tokensReread: TokenCount
}).annotations({ identifier: "PrefixComparison" })
export interface PrefixComparison extends Schema.Schema.Type<typeof PrefixComparison> {}

/** Why it missed. Without `previous` there was nothing to compare with: the first of its project, provider and model. */
export const MissExplanation = Schema.Struct({
  summary: Schema.String,
  previous: Schema.optional(Schema.Struct({ hash: Hash, createdAt: Timestamp })),
  comparison: Schema.optional(PrefixComparison),
  rereadCost: Schema.OptionFromNullOr(Usd)
}).annotations({ identifier: "MissExplanation" })
export interface MissExplanation extends Schema.Schema.Type<typeof MissExplanation> {}
