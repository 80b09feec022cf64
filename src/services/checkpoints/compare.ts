/** How two checkpoints differ. */
import type { Checkpoint } from "../../domain/Checkpoint.js"
import { type Change, difference } from "../../replay/diff/json/difference.js"

export interface CheckpointDifference {
  readonly state: ReadonlyArray<Change>
  /** Paths begin with the id of a node. */
  readonly nodes: ReadonlyArray<Change>
}

export const compareCheckpoints = (before: Checkpoint, after: Checkpoint): CheckpointDifference => ({
  state: difference(before.state, after.state),
  nodes: difference(byId(before), byId(after))
})

const byId = ({ nodes }: Checkpoint): Readonly<Record<string, unknown>> =>
  Object.fromEntries(nodes.map((node) => [node.id, node]))
