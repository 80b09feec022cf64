/** What became of a node in a replay. */
import * as Schema from "effect/Schema"
import { NodeId } from "../domain/Ids.js"

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

export const Verdict = Schema.Struct({
  verdict: VerdictKind,
  node: NodeId,
  kind: Schema.String,
  name: Schema.String,
  reason: Schema.optional(Schema.String).annotations({ description: "why it was run" }),
  path: Schema.optional(Schema.String).annotations({
    description: "where the output differs first: a JSON pointer"
  })
}).annotations({ identifier: "Verdict" })
export interface Verdict extends Schema.Schema.Type<typeof Verdict> {}
