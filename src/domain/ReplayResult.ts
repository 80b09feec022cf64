/** What came of a replay. */
import * as Schema from "effect/Schema"
import { NodeId } from "./Ids.js"
import { Millis } from "./Measures.js"
import { Overrides } from "./Overrides.js"
import { Spend } from "./ReplayPlan.js"
import { ValueChange } from "./RunDiff.js"
import { asStandard } from "./StandardSchema.js"

/**
 * REUSED: what was recorded was taken, its code was not run. EXECUTED: it was run and is not in the recording as it is now.
 * IDENTICAL: run again, with the recorded output. EQUIVALENT: run again, with another text of the same code. DIVERGED: run again, with
 * another output. MISSING: it was recorded, and nothing asked for it.
 */
export const VerdictKind = Schema.Literal(
  "IDENTICAL",
  "EQUIVALENT",
  "DIVERGED",
  "MISSING",
  "EXECUTED",
  "REUSED"
)
export type VerdictKind = typeof VerdictKind.Type

/** What became of a node. */
export const Verdict = Schema.Struct({
  verdict: VerdictKind,
  node: NodeId,
  kind: Schema.String,
  name: Schema.String,
  reason: Schema.optional(Schema.String).annotations({
    description: "why it was run, or what it diverged by"
  }),
  path: Schema.optional(Schema.String).annotations({
    description: "where the output differs first: a JSON pointer"
  })
}).annotations({ identifier: "Verdict" })
export interface Verdict extends Schema.Schema.Type<typeof Verdict> {}

/** How the output of a node differs from the recorded one, programs in it as programs. */
export const NodeDifference = Schema.Struct({
  node: NodeId,
  name: Schema.String,
  changes: Schema.Array(ValueChange)
}).annotations({ identifier: "NodeDifference" })
export interface NodeDifference extends Schema.Schema.Type<typeof NodeDifference> {}

/**
 * `chain`: the log of the run is what was written. `blocks`: prompts consist of the same blocks. `requests`, `tools`: providers and tools
 * are asked for the same. `findings`: rules find the same. `outputs`: nodes come to the same, or to other writing of the same code.
 */
export const ReplayCheck = Schema.Struct({
  check: Schema.Literal("chain", "blocks", "requests", "tools", "findings", "outputs"),
  ok: Schema.Boolean,
  found: Schema.optional(Schema.String).annotations({ description: "the first thing that is not as it was" })
}).annotations({ identifier: "ReplayCheck" })
export interface ReplayCheck extends Schema.Schema.Type<typeof ReplayCheck> {}

const Count = Schema.Int.pipe(Schema.nonNegative())

export const ReplayResult = asStandard(
  Schema.Struct({
    recording: Schema.String,
    name: Schema.String,
    mode: Schema.Literal("verify", "replay"),
    branch: Schema.NullOr(Schema.String).annotations({
      description: "the checkpoint of the new recording; null where none was made"
    }),
    ok: Schema.Boolean.annotations({
      description: "every check passed; of a replay: the run did not fail, or failed as it was recorded"
    }),
    verdict: VerdictKind.annotations({ description: "of the whole run" }),
    first: Schema.optional(Schema.String).annotations({ description: "the first divergence, explained" }),
    counts: Schema.Record({ key: VerdictKind, value: Count }),
    nodes: Schema.Array(Verdict),
    differences: Schema.Array(NodeDifference),
    checks: Schema.Array(ReplayCheck),
    time: Schema.Struct({ recorded: Millis, took: Millis }).annotations({ description: "milliseconds" }),
    spend: Schema.Struct({
      recorded: Spend,
      made: Spend.annotations({ description: "by this replay" }),
      source: Schema.String.annotations({ description: "the usage, at the prices of this list" })
    })
  }).annotations({ identifier: "ReplayResult" })
)
export interface ReplayResult extends Schema.Schema.Type<typeof ReplayResult> {}

/** What replays of one or many recordings came to. */
export const ReplayReport = asStandard(
  Schema.Struct({
    ok: Schema.Boolean,
    complete: Schema.Boolean.annotations({
      description: "false while replays go on, or when they were cut off"
    }),
    mode: Schema.Literal("verify", "replay"),
    overrides: Overrides,
    results: Schema.Array(ReplayResult),
    failed: Schema.Array(
      Schema.Struct({ recording: Schema.String, name: Schema.String, problem: Schema.String })
    ).annotations({ description: "recordings that could not be replayed" })
  }).annotations({ identifier: "ReplayReport" })
)
export interface ReplayReport extends Schema.Schema.Type<typeof ReplayReport> {}
