/** The checkpoints of a run as a tree. */
import * as Schema from "effect/Schema"
import { Timestamp } from "./Measures.js"

const Count = Schema.Int.pipe(Schema.nonNegative())

/** A checkpoint among those of its run: what it is, not what is in it. */
export const CheckpointEntry = Schema.Struct({
  id: Schema.String,
  thread: Schema.String,
  path: Schema.String.annotations({
    description: "LangGraph's checkpoint namespace; empty for its own graph and for checkpoints of Aegis"
  }),
  name: Schema.String.annotations({
    description: "for a checkpoint of LangGraph, what made it and its step"
  }),
  revision: Schema.optional(Schema.Int.pipe(Schema.positive())),
  branch: Schema.optional(Schema.String).annotations({ description: "on which it was saved" }),
  parentId: Schema.optional(Schema.String),
  source: Schema.optional(Schema.String).annotations({ description: "LangGraph: what made it" }),
  step: Schema.optional(Schema.Number).annotations({ description: "LangGraph: the step of its run" }),
  branches: Schema.Array(Schema.String).annotations({ description: "those that end here" }),
  tags: Schema.Array(Schema.String),
  keys: Count.annotations({ description: "the number of keys of its state" }),
  nodes: Count.annotations({ description: "the number of nodes that were saved with it" }),
  createdAt: Timestamp
}).annotations({ identifier: "CheckpointEntry" })
export interface CheckpointEntry extends Schema.Schema.Type<typeof CheckpointEntry> {}

/** `checkpoints` are the newest, each before the one that it came from; `more` were left out. */
export const CheckpointLog = Schema.Struct({
  thread: Schema.String,
  checkpoints: Schema.Array(CheckpointEntry),
  more: Count
}).annotations({ identifier: "CheckpointLog" })
export interface CheckpointLog extends Schema.Schema.Type<typeof CheckpointLog> {}
