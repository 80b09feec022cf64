/** What the run store says of itself. Sizes are in bytes, as they lie in the database. */
import * as Schema from "effect/Schema"

const Count = Schema.Int.pipe(Schema.nonNegative())
const Hex = Schema.String.pipe(Schema.pattern(/^[0-9a-f]{64}$/))

/** The last entry of one lineage when it was read. */
export const RunHead = Schema.Struct({
  thread: Schema.String,
  path: Schema.String,
  n: Count.annotations({ description: "how many entries there were" }),
  chain: Hex
}).annotations({ identifier: "RunHead" })
export interface RunHead extends Schema.Schema.Type<typeof RunHead> {}

/** The heads of all lineages, to be kept where whoever can write the store cannot: later they show what was cut off. */
export const RunAnchors = Schema.Struct({
  version: Schema.Literal(1),
  namespace: Schema.String,
  heads: Schema.Array(RunHead)
}).annotations({ identifier: "RunAnchors" })
export interface RunAnchors extends Schema.Schema.Type<typeof RunAnchors> {}

/** Something that is not what was written. `n` is the number of the entry, `id` the checkpoint that it is about. */
export const RunProblem = Schema.Struct({
  thread: Schema.optional(Schema.String),
  path: Schema.optional(Schema.String),
  n: Schema.optional(Count),
  id: Schema.optional(Schema.String),
  chunk: Schema.optional(Hex),
  what: Schema.String
}).annotations({ identifier: "RunProblem" })
export interface RunProblem extends Schema.Schema.Type<typeof RunProblem> {}

/**
 * `ok` is true when every digest was recomputed and everything is there. Of very many problems the first ones are listed
 * and all are counted. `deleted` are anchored threads that were deleted since, as the store remembers.
 */
export const RunVerifyReport = Schema.Struct({
  ok: Schema.Boolean,
  lineages: Count,
  entries: Count,
  checkpoints: Count.annotations({ description: "that are not gone" }),
  emptied: Count.annotations({ description: "entries whose payload was removed by a prune" }),
  chunks: Count,
  unknownParents: Count.annotations({
    description:
      "checkpoints whose parent is not among those of their run that can be found: pruned, or never stored"
  }),
  deleted: Schema.Array(Schema.String),
  problems: Schema.Array(RunProblem),
  problemCount: Count
}).annotations({ identifier: "RunVerifyReport" })
export interface RunVerifyReport extends Schema.Schema.Type<typeof RunVerifyReport> {}

/**
 * What may go: checkpoints that are older than `olderThanMs`, and not among the newest `keepLast` of their lineage. The newest
 * of each lineage, the tips of branches and what is tagged stay. `keep_latest` lets tips go that no branch names, whatever
 * their age, unless the other two say that they stay. Without any of the three nothing goes but what a former prune left.
 */
export const RunPrunePolicy = Schema.Struct({
  olderThanMs: Schema.optional(Schema.Number.pipe(Schema.finite(), Schema.nonNegative())),
  keepLast: Schema.optional(Schema.Int.pipe(Schema.positive())),
  strategy: Schema.optional(Schema.Literal("keep_latest")),
  threads: Schema.optional(Schema.Array(Schema.String))
}).annotations({ identifier: "RunPrunePolicy" })
export interface RunPrunePolicy extends Schema.Schema.Type<typeof RunPrunePolicy> {}

/** What went, or with `dryRun` what would go. `remaining` is of the lineages that the policy is about. */
export const RunPruneReport = Schema.Struct({
  dryRun: Schema.Boolean,
  checkpoints: Count,
  entries: Count.annotations({ description: "checkpoints, and what belonged to them" }),
  chunks: Count,
  bytes: Count.annotations({ description: "of payloads and chunks, without what the database adds" }),
  remaining: Schema.Struct({ checkpoints: Count, entries: Count, bytes: Count })
}).annotations({ identifier: "RunPruneReport" })
export interface RunPruneReport extends Schema.Schema.Type<typeof RunPruneReport> {}

/** `entries` are those that were written; none when all was there already. */
export const RunCopyReport = Schema.Struct({
  thread: Schema.String,
  lineages: Count,
  entries: Count
}).annotations({ identifier: "RunCopyReport" })
export interface RunCopyReport extends Schema.Schema.Type<typeof RunCopyReport> {}
