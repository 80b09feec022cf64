/** The checks of CI, and the summary of a change. */
import * as Schema from "effect/Schema"
import { CheckName } from "./CiSettings.js"
import { Timestamp, TokenCount, Usd } from "./Measures.js"
import { UsdDifference } from "./Money.js"
import { OptimizationReport } from "./Optimization.js"
import { asStandard } from "./StandardSchema.js"
import { TelemetryAnalysis } from "./TelemetryAnalysis.js"

const Rate = Schema.Number.pipe(Schema.between(0, 1))

/** One check: its figure, the threshold that it is held to, and what to do. A check without data is `unknown`, which does not pass where it is required. */
export const Check = Schema.Struct({
  check: CheckName,
  state: Schema.Literal("passed", "failed", "unknown"),
  figure: Schema.String,
  threshold: Schema.String,
  remedy: Schema.optional(Schema.String)
}).annotations({ identifier: "Check" })
export interface Check extends Schema.Schema.Type<typeof Check> {}

/** What a change does to one prompt for one model; costs are those of one warm request in USD. */
export const PromptEconomics = Schema.Struct({
  file: Schema.String,
  provider: Schema.String,
  model: Schema.String,
  stablePrefix: Schema.Struct({ before: TokenCount, after: TokenCount }),
  tokens: Schema.Struct({ before: TokenCount, after: TokenCount }),
  warmCost: Schema.Struct({ before: Schema.OptionFromNullOr(Usd), after: Schema.OptionFromNullOr(Usd) }),
  replayedCost: Schema.optional(Schema.Struct({ before: Usd, after: Usd })),
  findings: Schema.Array(Schema.String)
}).annotations({ identifier: "PromptEconomics" })
export interface PromptEconomics extends Schema.Schema.Type<typeof PromptEconomics> {}

/** What `aegis cache analyze` writes to cache-performance.json. */
export const CachePerformance = asStandard(
  Schema.Struct({
    schemaVersion: Schema.Literal(1),
    createdAt: Timestamp,
    ok: Schema.Boolean,
    checks: Schema.Array(Check),
    analysis: TelemetryAnalysis,
    optimization: OptimizationReport
  }).annotations({ identifier: "CachePerformance" })
)
export interface CachePerformance extends Schema.Schema.Type<typeof CachePerformance> {}

/**
 * What a pull request is told. Null where no report was there to say it. Rates are between 0 and 1, `costSavings` is in USD over the
 * analysed range.
 */
export const PRSummary = asStandard(
  Schema.Struct({
    cacheHitRate: Schema.NullOr(Rate),
    costSavings: Schema.NullOr(UsdDifference),
    standardsCompliance: Schema.NullOr(Schema.Boolean),
    testCoverage: Schema.NullOr(Rate),
    replaySuccess: Schema.NullOr(Schema.Boolean),
    recommendations: Schema.Array(Schema.String),
    economics: Schema.Array(PromptEconomics),
    checks: Schema.Array(Check),
    ok: Schema.Boolean
  }).annotations({ identifier: "PRSummary" })
)
export interface PRSummary extends Schema.Schema.Type<typeof PRSummary> {}
