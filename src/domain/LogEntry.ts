/** What the log of a run says, entry by entry: its audit trail. */
import * as Schema from "effect/Schema"

/** One entry of the log. */
export const LogEntry = Schema.Struct({
  thread: Schema.String,
  path: Schema.String.annotations({
    description: "LangGraph's checkpoint namespace; empty for its own graph and for checkpoints of Aegis"
  }),
  n: Schema.Int.annotations({ description: "counts the entries of one path of a run" }),
  kind: Schema.Literal(
    "checkpoint",
    "writes",
    "node",
    "toolTrace",
    "artifact",
    "branch",
    "tag",
    "prune",
    "note"
  ),
  id: Schema.String.annotations({ description: "the checkpoint that it is about" }),
  parentId: Schema.optional(Schema.String),
  at: Schema.String,
  gone: Schema.Boolean.annotations({ description: "pruned since" }),
  branch: Schema.optional(Schema.String),
  name: Schema.optional(Schema.String),
  digest: Schema.String.annotations({ description: "SHA-256 of what the entry carries" })
}).annotations({ identifier: "LogEntry" })
export interface LogEntry extends Schema.Schema.Type<typeof LogEntry> {}
