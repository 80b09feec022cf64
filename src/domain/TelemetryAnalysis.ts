/** What the ledger says about the caches, and why they missed. */
import * as Schema from "effect/Schema"
import { CheckpointId, ScaffoldId } from "./Ids.js"
import { Millis, Timestamp, TokenCount, Usd } from "./Measures.js"
import { UsdDifference } from "./Money.js"
import { BlockRef } from "./Optimization.js"
import { BlockType } from "./PromptBlock.js"
import { Provider } from "./Provider.js"
import { asStandard } from "./StandardSchema.js"
import { LedgerRange, LedgerTotals, TelemetryReport } from "./TelemetryReport.js"

const Count = Schema.Int.pipe(Schema.nonNegative())
const Rate = Schema.Number.pipe(Schema.between(0, 1))

/** `checkpointId` leaves only the operations of that checkpoint. */
export const AnalysisQuery = Schema.Struct({
  ...LedgerRange.fields,
  checkpointId: Schema.optional(CheckpointId)
}).annotations({ identifier: "AnalysisQuery" })
export interface AnalysisQuery extends Schema.Schema.Type<typeof AnalysisQuery> {}

/**
 * Why input was not read from the provider's cache: a block `changed` (or was `added`, `removed`, `moved`), the entry had `expired`, the
 * prefix is `below-minimum`, the `key` changed (model, scope, parameters), it was `first` of its kind, nothing was `unmarked`, or the
 * provider `evicted` or did not find what by its rules was there.
 */
export const MissReason = Schema.Literal(
  "changed",
  "added",
  "removed",
  "moved",
  "expired",
  "below-minimum",
  "key",
  "first",
  "unmarked",
  "evicted"
)
export type MissReason = typeof MissReason.Type

/** One cause over all calls that it spoiled. `examples` are ids of records, the newest first; `idle` is how long the expired were unused. */
export const MissCause = Schema.Struct({
  reason: MissReason,
  provider: Provider,
  model: Schema.String,
  block: Schema.optional(BlockRef),
  calls: Count,
  tokens: TokenCount,
  cost: Schema.OptionFromNullOr(Usd),
  idle: Schema.optional(Millis),
  summary: Schema.String,
  examples: Schema.Array(Schema.String)
}).annotations({ identifier: "MissCause" })
export interface MissCause extends Schema.Schema.Type<typeof MissCause> {}

/**
 * A measure per day, and where it changed for good. With a provider and a model it is that of their calls; `latency-p50` without them is
 * that of Aegis' own lookups.
 */
export const PerformanceTrend = Schema.Struct({
  measure: Schema.Literal("cost", "provider-hit-rate", "local-hit-rate", "latency-p50", "tokens"),
  provider: Schema.optional(Provider),
  model: Schema.optional(Schema.String),
  points: Schema.Array(Schema.Struct({ at: Timestamp, value: Schema.Finite })),
  changes: Schema.Array(
    Schema.Struct({ at: Timestamp, before: Schema.Finite, after: Schema.Finite, confidence: Rate })
  )
}).annotations({ identifier: "PerformanceTrend" })
export interface PerformanceTrend extends Schema.Schema.Type<typeof PerformanceTrend> {}

/** A day or a call that is far from the others. `score` counts robust standard deviations. */
export const Anomaly = Schema.Struct({
  at: Timestamp,
  measure: Schema.String,
  value: Schema.Finite,
  expected: Schema.Finite,
  score: Schema.Finite,
  summary: Schema.String
}).annotations({ identifier: "Anomaly" })
export interface Anomaly extends Schema.Schema.Type<typeof Anomaly> {}

/**
 * What blocks of a kind came to, over all calls: `volatility` is the share of calls in which it was another than in the call before. Without
 * a scaffold they are those of all prompts. `tokens` and `read` are of calls whose provider said how much it read.
 */
export const BlockFacts = Schema.Struct({
  scaffoldId: Schema.optional(ScaffoldId),
  type: Schema.optional(BlockType),
  name: Schema.optional(Schema.String),
  calls: Count,
  tokens: TokenCount,
  read: TokenCount,
  volatility: Rate
}).annotations({ identifier: "BlockFacts" })
export interface BlockFacts extends Schema.Schema.Type<typeof BlockFacts> {}

/** A provider as a key: no name of a property that all objects have. */
const ProviderName = Schema.String.pipe(Schema.pattern(/^[a-z][a-z0-9-]*$/))

/** `averageLatency` in milliseconds, none before the first operation; `cacheHitRate` is the provider's, weighted by tokens. */
export const TelemetryAnalysis = asStandard(
  Schema.Struct({
    query: AnalysisQuery,
    totals: LedgerTotals,
    totalCost: Usd,
    averageLatency: Schema.OptionFromNullOr(Millis),
    cacheHitRate: Schema.OptionFromNullOr(Rate),
    costByProvider: Schema.Record({ key: ProviderName, value: Usd }),
    byModel: TelemetryReport.fields.rows,
    byDay: TelemetryReport.fields.rows,
    byScaffold: TelemetryReport.fields.rows,
    blocks: Schema.Array(BlockFacts),
    misses: Schema.Array(MissCause),
    performanceTrends: Schema.Array(PerformanceTrend),
    anomalies: Schema.Array(Anomaly),
    wasted: UsdDifference.annotations({
      description: "what all misses that could have been hits cost, in USD"
    })
  }).annotations({ identifier: "TelemetryAnalysis" })
)
export interface TelemetryAnalysis extends Schema.Schema.Type<typeof TelemetryAnalysis> {}
