/** What the cache says of itself. Sizes are in bytes. */
import * as Schema from "effect/Schema"
import { Timestamp } from "./Measures.js"

const Count = Schema.Int.pipe(Schema.nonNegative())

/** `hitRate` is hits over all lookups that could have hit (bypasses apart), none before the first. */
export const CacheStats = Schema.Struct({
  namespace: Schema.String,
  entries: Count,
  blocks: Count,
  contentBytes: Count,
  fileBytes: Count,
  quarantined: Count,
  oldest: Schema.optional(Timestamp),
  newest: Schema.optional(Timestamp),
  lookups: Schema.Struct({ hit: Count, miss: Count, follower: Count, replay: Count, bypass: Count }),
  hitRate: Schema.OptionFromNullOr(Schema.Number.pipe(Schema.between(0, 1))),
  memory: Schema.Struct({ entries: Count, bytes: Count, maxBytes: Count })
}).annotations({ identifier: "CacheStats" })
export interface CacheStats extends Schema.Schema.Type<typeof CacheStats> {}

/** One row that is not what was written. */
export const CorruptRow = Schema.Struct({
  kind: Schema.Literal("entry", "block"),
  key: Schema.String,
  problem: Schema.String
}).annotations({ identifier: "CorruptRow" })
export interface CorruptRow extends Schema.Schema.Type<typeof CorruptRow> {}

/** `ok` is true when every hash was recomputed and matched. Corrupt rows were quarantined: they are never served. */
export const VerifyReport = Schema.Struct({
  ok: Schema.Boolean,
  entries: Count,
  blocks: Count,
  corrupt: Schema.Array(CorruptRow),
  database: Schema.Literal("ok", "damaged")
}).annotations({ identifier: "VerifyReport" })
export interface VerifyReport extends Schema.Schema.Type<typeof VerifyReport> {}

/** What may stay: no entry unused for longer than `maxAgeMs`, no more than these entries and content bytes. */
export const PrunePolicy = Schema.Struct({
  maxAgeMs: Schema.optional(Schema.Number.pipe(Schema.finite(), Schema.nonNegative())),
  maxBytes: Schema.optional(Count),
  maxEntries: Schema.optional(Count)
}).annotations({ identifier: "PrunePolicy" })
export interface PrunePolicy extends Schema.Schema.Type<typeof PrunePolicy> {}

/** What went, or with `dryRun` what would go. */
export const PruneReport = Schema.Struct({
  dryRun: Schema.Boolean,
  entries: Count,
  blocks: Count,
  bytes: Count,
  remaining: Schema.Struct({ entries: Count, contentBytes: Count })
}).annotations({ identifier: "PruneReport" })
export interface PruneReport extends Schema.Schema.Type<typeof PruneReport> {}
