/** A scaffold rendered for its provider: the exact request, its tokens, its price, and how it was come by. */
import * as Schema from "effect/Schema"
import { ResolvedId } from "./Ids.js"
import { Timestamp, TokenCount, Usd } from "./Measures.js"
import { MissExplanation } from "./Miss.js"
import { Outcome } from "./Outcome.js"
import { PromptScaffold } from "./PromptScaffold.js"
import { asStandard } from "./StandardSchema.js"

/** Where token counts come from. `errorBand` is the relative error to expect: 0.1 means ±10 %. */
export const TokenReport = Schema.Struct({
  source: Schema.Literal("measured", "estimated"),
  estimator: Schema.String,
  errorBand: Schema.Number.pipe(Schema.finite(), Schema.nonNegative()),
  perBlock: Schema.Array(TokenCount)
}).annotations({ identifier: "TokenReport" })
export interface TokenReport extends Schema.Schema.Type<typeof TokenReport> {}

/**
 * What sending the prompt costs in input tokens, in USD. `cold` is the first request (marked prefixes are written to
 * the provider's cache), `warm` one that finds the stable prefix cached, `uncached` one without provider caching.
 * `match` says whether the price list knows this very model.
 */
export const CostReport = Schema.Struct({
  source: Schema.String,
  version: Schema.String,
  match: Schema.Literal("exact", "approximate", "unknown"),
  uncached: Schema.OptionFromNullOr(Usd),
  cold: Schema.OptionFromNullOr(Usd),
  warm: Schema.OptionFromNullOr(Usd)
}).annotations({ identifier: "CostReport" })
export interface CostReport extends Schema.Schema.Type<typeof CostReport> {}

/** A mark after block `block` up to which the provider keeps `tokens` tokens for `ttl`. */
export const Breakpoint = Schema.Struct({
  block: Schema.Int,
  tokens: TokenCount,
  ttl: Schema.String
}).annotations({ identifier: "Breakpoint" })
export interface Breakpoint extends Schema.Schema.Type<typeof Breakpoint> {}

/**
 * How the provider's prefix cache will see the request. `minimumTokens` is the shortest prefix it keeps, null where the
 * provider does not say. `stableBlocks` leading blocks (`stableTokens` tokens) do not change from call to call.
 */
export const CachePlan = Schema.Struct({
  mode: Schema.Literal("breakpoints", "automatic", "none"),
  minimumTokens: Schema.NullOr(TokenCount),
  breakpoints: Schema.Array(Breakpoint),
  stableBlocks: Schema.Int,
  stableTokens: TokenCount
}).annotations({ identifier: "CachePlan" })
export interface CachePlan extends Schema.Schema.Type<typeof CachePlan> {}

/** Something the caller should know that is not an error. `code` is stable, `message` says what to do. */
export const Warning = Schema.Struct({ code: Schema.String, message: Schema.String }).annotations({
  identifier: "Warning"
})
export interface Warning extends Schema.Schema.Type<typeof Warning> {}

/**
 * `resolvedContent` is the request body in canonical JSON, ready to send; `providerFormat` names its API and version.
 * `estimatedCost` is `cost.cold`, none where the price is unknown. `cacheHit` is true for `hit` and `replay` alone.
 */
export const ResolvedScaffold = asStandard(
  Schema.Struct({
    id: ResolvedId,
    originalScaffold: PromptScaffold,
    resolvedContent: Schema.String,
    providerFormat: Schema.String,
    tokenCount: TokenCount,
    estimatedCost: Schema.OptionFromNullOr(Usd),
    cacheHit: Schema.Boolean,
    createdAt: Timestamp,
    outcome: Outcome,
    tokens: TokenReport,
    cost: CostReport,
    cachePlan: CachePlan,
    warnings: Schema.Array(Warning),
    miss: Schema.optional(MissExplanation)
  }).annotations({ identifier: "ResolvedScaffold" })
)
export interface ResolvedScaffold extends Schema.Schema.Type<typeof ResolvedScaffold> {}
