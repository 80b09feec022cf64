/** One operation, accounted for. */
import * as Schema from "effect/Schema"
import { CheckpointId, NodeId, ScaffoldId, TelemetryId } from "./Ids.js"
import { JsonObject } from "./Json.js"
import { Millis, Timestamp, TokenCount, Usd } from "./Measures.js"
import { Priced, Saved } from "./Money.js"
import { Outcome } from "./Outcome.js"
import { Provider } from "./Provider.js"
import { ProviderRequest } from "./ProviderRequest.js"
import { asStandard } from "./StandardSchema.js"
import { Usage } from "./Usage.js"

export const Operation = Schema.Literal("resolve", "execute", "checkpoint", "replay", "enforce").annotations({
  identifier: "Operation"
})
export type Operation = typeof Operation.Type

/** Milliseconds spent: looking up, waiting for the provider, until its first token. None where there was no such thing. */
export const Latencies = Schema.Struct({
  lookup: Schema.OptionFromNullOr(Millis),
  provider: Schema.OptionFromNullOr(Millis),
  firstToken: Schema.OptionFromNullOr(Millis)
}).annotations({ identifier: "Latencies" })
export interface Latencies extends Schema.Schema.Type<typeof Latencies> {}

const Count = Schema.Int.pipe(Schema.nonNegative())

/** Findings of rules, by severity. */
export const FindingCounts = Schema.Struct({ error: Count, warning: Count, info: Count }).annotations({
  identifier: "FindingCounts"
})
export interface FindingCounts extends Schema.Schema.Type<typeof FindingCounts> {}

/**
 * `latency` is the whole operation in milliseconds; `cost` is none where the price is unknown, never 0 for it. Of a resolve, `tokenCount`
 * and `cost` are what sending the prompt would come to and nothing was spent; of an execution they are what was spent: nothing, for a
 * hit, a follower and a replay. `error` is the tag of the failure. `spanId` and `traceId` name its span.
 */
export const TelemetryRecord = asStandard(
  Schema.Struct({
    id: TelemetryId,
    scaffoldId: ScaffoldId,
    checkpointId: Schema.optional(CheckpointId),
    nodeId: Schema.optional(NodeId),
    traceId: Schema.optional(Schema.String),
    spanId: Schema.optional(Schema.String),
    operation: Operation,
    outcome: Outcome,
    error: Schema.optional(Schema.String),
    namespace: Schema.optional(Schema.String),
    provider: Schema.optional(Provider),
    model: Schema.optional(Schema.String),
    tokenCount: TokenCount,
    cost: Schema.OptionFromNullOr(Usd),
    latency: Millis,
    cacheHit: Schema.Boolean,
    usage: Schema.optional(Usage),
    priced: Schema.optional(Priced),
    saved: Schema.optional(Saved),
    latencies: Schema.optional(Latencies),
    request: Schema.optional(ProviderRequest),
    findings: Schema.optional(FindingCounts),
    metadata: Schema.optional(JsonObject),
    createdAt: Timestamp
  }).annotations({ identifier: "TelemetryRecord" })
)
export interface TelemetryRecord extends Schema.Schema.Type<typeof TelemetryRecord> {}
