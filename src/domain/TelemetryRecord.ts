/** One operation, accounted for. */
import * as Schema from "effect/Schema"
import { CheckpointId, ScaffoldId, TelemetryId } from "./Ids.js"
import { JsonObject } from "./Json.js"
import { Millis, Timestamp, TokenCount, Usd } from "./Measures.js"
import { Outcome } from "./Outcome.js"
import { asStandard } from "./StandardSchema.js"

/** `latency` is the whole operation in milliseconds; `cost` is none where the price is unknown, never 0 for it. */
export const TelemetryRecord = asStandard(
  Schema.Struct({
    id: TelemetryId,
    scaffoldId: ScaffoldId,
    checkpointId: Schema.optional(CheckpointId),
    operation: Schema.Literal("resolve", "execute", "checkpoint", "replay", "enforce"),
    tokenCount: TokenCount,
    cost: Schema.OptionFromNullOr(Usd),
    latency: Millis,
    cacheHit: Schema.Boolean,
    metadata: Schema.optional(JsonObject),
    createdAt: Timestamp,
    outcome: Outcome
  }).annotations({ identifier: "TelemetryRecord" })
)
export interface TelemetryRecord extends Schema.Schema.Type<typeof TelemetryRecord> {}
