/** What the commands about runs print, where that is more than one thing of the model. */
import * as Schema from "effect/Schema"
import { Change } from "./Change.js"
import { CheckpointEntry } from "./CheckpointLog.js"
import { LogEntry } from "./LogEntry.js"
import { ScratchpadArtifact } from "./ScratchpadArtifact.js"
import { ToolTrace } from "./ToolTrace.js"

const Count = Schema.Int.pipe(Schema.nonNegative())

/** Newest first. */
export const CheckpointList = Schema.Struct({
  checkpoints: Schema.Array(CheckpointEntry)
}).annotations({ identifier: "CheckpointList" })
export interface CheckpointList extends Schema.Schema.Type<typeof CheckpointList> {}

/** The audit trail of a run, in the order of its log. */
export const EventLog = Schema.Struct({
  thread: Schema.String,
  entries: Schema.Array(LogEntry)
}).annotations({ identifier: "EventLog" })
export interface EventLog extends Schema.Schema.Type<typeof EventLog> {}

/** `before` and `after` are ids of checkpoints. The paths of `nodes` begin with the id of a node. */
export const CheckpointDiff = Schema.Struct({
  before: Schema.String,
  after: Schema.String,
  state: Schema.Array(Change),
  nodes: Schema.Array(Change)
}).annotations({ identifier: "CheckpointDiff" })
export interface CheckpointDiff extends Schema.Schema.Type<typeof CheckpointDiff> {}

/** A tag that was set, or with `deleted` taken away. `id` is the checkpoint that it is or was on. */
export const TagReport = Schema.Struct({
  tag: Schema.String,
  thread: Schema.String,
  id: Schema.String,
  deleted: Schema.Boolean
}).annotations({ identifier: "TagReport" })
export interface TagReport extends Schema.Schema.Type<typeof TagReport> {}

/** In the order in which they were added. */
export const ArtifactList = Schema.Struct({
  artifacts: Schema.Array(ScratchpadArtifact)
}).annotations({ identifier: "ArtifactList" })
export interface ArtifactList extends Schema.Schema.Type<typeof ArtifactList> {}

/** In the order in which they were added. */
export const ToolTraceList = Schema.Struct({
  traces: Schema.Array(ToolTrace)
}).annotations({ identifier: "ToolTraceList" })
export interface ToolTraceList extends Schema.Schema.Type<typeof ToolTraceList> {}

/** A run, or with an `id` one checkpoint of it, that was deleted. Sizes are in bytes, as they lay in the database. */
export const DeleteReport = Schema.Struct({
  thread: Schema.String,
  id: Schema.optional(Schema.String),
  entries: Count,
  chunks: Count,
  bytes: Count
}).annotations({ identifier: "DeleteReport" })
export interface DeleteReport extends Schema.Schema.Type<typeof DeleteReport> {}

/** A run that was written into a file. */
export const ExportReport = Schema.Struct({
  thread: Schema.String,
  file: Schema.String,
  bytes: Count
}).annotations({ identifier: "ExportReport" })
export interface ExportReport extends Schema.Schema.Type<typeof ExportReport> {}
