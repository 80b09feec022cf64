/** How two runs differ, or two nodes of runs: by what went in, what came out, and what was kept. */
import * as Schema from "effect/Schema"
import { Change } from "./Change.js"
import { FileDiff } from "./FileDiff.js"
import { GraphNode } from "./GraphNode.js"
import { ArtifactId, NodeId } from "./Ids.js"
import { ScratchpadArtifact } from "./ScratchpadArtifact.js"

const Count = Schema.Int.pipe(Schema.nonNegative())

/** A place at which two values differ. Two texts at one place are compared as what they are. */
export const ValueChange = Schema.Struct({
  ...Change.fields,
  as: Schema.optional(FileDiff).annotations({
    description: "how two texts differ; where they say the same in other words, it is identical"
  }),
  invalid: Schema.optional(Schema.String).annotations({
    description: "why texts that are named as a program or as JSON are compared as texts"
  })
}).annotations({ identifier: "ValueChange" })
export interface ValueChange extends Schema.Schema.Type<typeof ValueChange> {}

/** What was compared. `id` is that of the checkpoint, `word` what was typed for it. */
export const RunSide = Schema.Struct({
  word: Schema.String,
  id: Schema.String,
  name: Schema.String,
  node: Schema.optional(NodeId)
}).annotations({ identifier: "RunSide" })
export interface RunSide extends Schema.Schema.Type<typeof RunSide> {}

/** `equivalent`: the texts are others, the programs in them are not. */
export const PartChange = Schema.Literal("added", "removed", "changed", "equivalent").annotations({
  identifier: "PartChange"
})
export type PartChange = typeof PartChange.Type

const Ended = Schema.Literal("done", "failed", "interrupted")

/** A node that is not the same on both sides. What is on one side only is not told further. */
export const NodeDiff = Schema.Struct({
  change: PartChange,
  kind: GraphNode.fields.nodeType,
  name: Schema.String,
  way: Schema.optional(Schema.String).annotations({ description: "to a recorded node, from its run" }),
  original: Schema.optional(NodeId),
  modified: Schema.optional(NodeId),
  ended: Schema.optional(Schema.Struct({ original: Ended, modified: Ended })).annotations({
    description: "how they ended, if not in the same way"
  }),
  inputs: Schema.Array(ValueChange),
  state: Schema.Array(ValueChange),
  output: Schema.Array(ValueChange).annotations({ description: "or the error of what failed" })
}).annotations({ identifier: "NodeDiff" })
export interface NodeDiff extends Schema.Schema.Type<typeof NodeDiff> {}

/** An artifact that is not the same on both sides. */
export const ArtifactDiff = Schema.Struct({
  change: PartChange,
  type: ScratchpadArtifact.fields.type,
  name: Schema.optional(Schema.String),
  node: Schema.optional(Schema.String).annotations({ description: "kind and name of the node that made it" }),
  original: Schema.optional(ArtifactId),
  modified: Schema.optional(ArtifactId),
  content: Schema.Array(ValueChange)
}).annotations({ identifier: "ArtifactDiff" })
export interface ArtifactDiff extends Schema.Schema.Type<typeof ArtifactDiff> {}

export const RunDiff = Schema.Struct({
  kind: Schema.Literal("checkpoints", "nodes"),
  original: RunSide,
  modified: RunSide,
  identical: Schema.Boolean.annotations({ description: "nothing is added, removed or changed" }),
  state: Schema.Array(ValueChange).annotations({
    description: "of checkpoints; of two recordings their input"
  }),
  nodes: Schema.Array(NodeDiff),
  artifacts: Schema.Array(ArtifactDiff),
  same: Count.annotations({ description: "nodes that are the same on both sides" })
}).annotations({ identifier: "RunDiff" })
export interface RunDiff extends Schema.Schema.Type<typeof RunDiff> {}
