/** What to change, and what it would have saved on the user's own history. */
import * as Schema from "effect/Schema"
import { Timestamp, TokenCount, Usd } from "./Measures.js"
import { UsdDifference } from "./Money.js"
import { BlockType } from "./PromptBlock.js"
import { Provider } from "./Provider.js"
import { RequestMark } from "./ProviderRequest.js"
import { asStandard } from "./StandardSchema.js"

const Count = Schema.Int.pipe(Schema.nonNegative())
const Rate = Schema.Number.pipe(Schema.between(0, 1))

/** A block by its place in the layout and by the names that its author gave it. */
export const BlockRef = Schema.Struct({
  index: Schema.Int,
  type: Schema.optional(BlockType),
  name: Schema.optional(Schema.String)
}).annotations({ identifier: "BlockRef" })
export interface BlockRef extends Schema.Schema.Type<typeof BlockRef> {}

/**
 * What a recommendation changes. Lines count from 1 within the newest version of the block; times are in milliseconds. A mark's
 * block below 0 counts from the end of the request: -1 is its last. `times` is how often a prefix is asked for again when
 * nothing else does.
 */
export const LayoutChange = Schema.Union(
  Schema.TaggedStruct("MoveBlock", { block: BlockRef, to: Schema.Int }),
  Schema.TaggedStruct("SplitLines", { block: BlockRef, lines: Schema.Array(Schema.Int), to: BlockRef }),
  Schema.TaggedStruct("Mark", { marks: Schema.Array(RequestMark) }),
  Schema.TaggedStruct("TimeToLive", { marks: Schema.Array(RequestMark) }),
  Schema.TaggedStruct("KeepWarm", { every: Schema.Finite, times: Schema.Int }),
  Schema.TaggedStruct("Batch", { window: Schema.Finite })
)
export type LayoutChange = typeof LayoutChange.Type

/** Input tokens and USD of a history as one set of rules lays it out. */
export const Replayed = Schema.Struct({
  requests: Count,
  inputTokens: TokenCount,
  readTokens: TokenCount,
  cost: Usd
}).annotations({ identifier: "Replayed" })
export interface Replayed extends Schema.Schema.Type<typeof Replayed> {}

/**
 * `potentialSavings` is in USD over the replayed range: `before` less `after`, both replayed through the model of the provider's cache and
 * priced alike. `confidence` is how well that model predicted the cached tokens of the same requests as they were sent. `optimum` is the
 * least that any layout could have cost (`exact`), or what none can cost less than. `patch` is a unified diff where the change is one
 * of a prompt's source, `implementation` what to do in words. `prompt` has the blocks by which the requests that it is for are
 * told from others.
 */
export const OptimizationRecommendation = asStandard(
  Schema.Struct({
    id: Schema.String,
    type: Schema.Literal("cache", "provider", "model", "cost"),
    description: Schema.String,
    potentialSavings: Usd,
    implementation: Schema.String,
    provider: Provider,
    model: Schema.String,
    prompt: Schema.Array(BlockRef),
    changes: Schema.Array(LayoutChange),
    range: Schema.Struct({ from: Timestamp, to: Timestamp }),
    before: Replayed,
    after: Replayed,
    confidence: Rate,
    optimum: Schema.Struct({ cost: Usd, exact: Schema.Boolean }),
    patch: Schema.optional(Schema.Struct({ file: Schema.String, diff: Schema.String }))
  }).annotations({ identifier: "OptimizationRecommendation" })
)
export interface OptimizationRecommendation extends Schema.Schema.Type<typeof OptimizationRecommendation> {}

/** Why nothing is recommended for some requests: what is not known of their provider, or how few they are. */
export const Abstention = Schema.Struct({
  provider: Provider,
  model: Schema.String,
  requests: Count,
  reason: Schema.String
}).annotations({ identifier: "Abstention" })
export interface Abstention extends Schema.Schema.Type<typeof Abstention> {}

/** How the model of a provider's cache did against what the provider reported. `error` is the mean of |predicted - reported| / reported input. */
export const Calibration = asStandard(
  Schema.Struct({
    provider: Provider,
    model: Schema.String,
    requests: Count,
    predicted: TokenCount,
    reported: TokenCount,
    exact: Rate.annotations({
      description: "share of requests whose cached tokens were predicted to the token"
    }),
    error: Schema.OptionFromNullOr(Schema.Finite),
    bias: UsdDifference.annotations({
      description: "USD that the model predicts to be saved beyond what was"
    }),
    worst: Schema.Array(Schema.Struct({ record: Schema.String, predicted: TokenCount, reported: TokenCount }))
  }).annotations({ identifier: "Calibration" })
)
export interface Calibration extends Schema.Schema.Type<typeof Calibration> {}

export const OptimizationReport = asStandard(
  Schema.Struct({
    recommendations: Schema.Array(OptimizationRecommendation),
    abstained: Schema.Array(Abstention),
    calibration: Schema.Array(Calibration)
  }).annotations({ identifier: "OptimizationReport" })
)
export interface OptimizationReport extends Schema.Schema.Type<typeof OptimizationReport> {}
