/** What the ledger sums up to. */
import * as Schema from "effect/Schema"
import { Millis, Timestamp, TokenCount, Usd } from "./Measures.js"
import { Money, UsdDifference } from "./Money.js"
import { asStandard } from "./StandardSchema.js"

const Count = Schema.Int.pipe(Schema.nonNegative())
const Rate = Schema.Number.pipe(Schema.between(0, 1))

/** Records from `from` on and before `to`. Left out, there is no such end; without a namespace, all of them. */
export const LedgerRange = Schema.Struct({
  from: Schema.optional(Timestamp),
  to: Schema.optional(Timestamp),
  namespace: Schema.optional(Schema.String)
}).annotations({ identifier: "LedgerRange" })
export interface LedgerRange extends Schema.Schema.Type<typeof LedgerRange> {}

/** What rows can be grouped by. Days and hours are those of UTC. */
export const GroupBy = Schema.Literal(
  "day",
  "hour",
  "provider",
  "model",
  "namespace",
  "scaffold",
  "operation"
)
export type GroupBy = typeof GroupBy.Type

/** Of a set of latencies in milliseconds; each percentile is right to 1 % of itself. */
export const Percentiles = Schema.Struct({
  count: Count,
  p50: Millis,
  p90: Millis,
  p99: Millis,
  max: Millis
}).annotations({ identifier: "Percentiles" })
export interface Percentiles extends Schema.Schema.Type<typeof Percentiles> {}

/** Tokens that providers counted, by price class. `reasoning` is part of `output`. */
export const TokensByClass = Schema.Struct({
  uncachedInput: TokenCount,
  cacheRead: TokenCount,
  cacheWrite5m: TokenCount,
  cacheWrite1h: TokenCount,
  output: TokenCount,
  reasoning: TokenCount
}).annotations({ identifier: "TokensByClass" })
export interface TokensByClass extends Schema.Schema.Type<typeof TokensByClass> {}

/**
 * Hit rates, each none where nothing could have hit. `local` is hits and followers over lookups of Aegis' own cache, `answers` the same of kept
 * answers. `provider` is weighted by tokens: input read from the provider's cache over all input; `providerRequests` is the share of
 * calls that read anything from it.
 */
export const HitRates = Schema.Struct({
  local: Schema.OptionFromNullOr(Rate),
  answers: Schema.OptionFromNullOr(Rate),
  provider: Schema.OptionFromNullOr(Rate),
  providerRequests: Schema.OptionFromNullOr(Rate)
}).annotations({ identifier: "HitRates" })
export interface HitRates extends Schema.Schema.Type<typeof HitRates> {}

/**
 * `spent` is what calls whose price is known came to, `pricingCoverage` the share of calls that they are: at less than 1, more was
 * spent than is told. `saved` is net of what writing to caches cost.
 */
export const LedgerTotals = Schema.Struct({
  records: Count,
  calls: Count,
  failed: Count,
  outcomes: Schema.Struct({ hit: Count, miss: Count, follower: Count, replay: Count, bypass: Count }),
  tokens: TokensByClass,
  money: Money,
  spent: Usd,
  saved: UsdDifference,
  savedTokens: TokenCount,
  writePremium: Usd,
  pricingCoverage: Schema.OptionFromNullOr(Rate),
  hitRates: HitRates,
  latency: Schema.Struct({
    lookup: Schema.OptionFromNullOr(Percentiles),
    provider: Schema.OptionFromNullOr(Percentiles),
    firstToken: Schema.OptionFromNullOr(Percentiles),
    total: Schema.OptionFromNullOr(Percentiles)
  })
}).annotations({ identifier: "LedgerTotals" })
export interface LedgerTotals extends Schema.Schema.Type<typeof LedgerTotals> {}

/** `key` has the value of each thing that was grouped by, in that order; null where a record has none. */
export const ReportRow = Schema.Struct({
  key: Schema.Array(Schema.NullOr(Schema.String)),
  totals: LedgerTotals
}).annotations({ identifier: "ReportRow" })
export interface ReportRow extends Schema.Schema.Type<typeof ReportRow> {}

export const TelemetryReport = asStandard(
  Schema.Struct({
    range: LedgerRange,
    groupBy: Schema.Array(GroupBy),
    rows: Schema.Array(ReportRow),
    totals: LedgerTotals,
    lost: Count.annotations({ description: "records of this process that could not be kept" })
  }).annotations({ identifier: "TelemetryReport" })
)
export interface TelemetryReport extends Schema.Schema.Type<typeof TelemetryReport> {}
