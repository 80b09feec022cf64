/** Nodes whose descendants became descendants of one node: containers that were changed inside. */
import { after, at, type Forest } from "../tree/Forest.js"
import type { Identities } from "../tree/identify.js"
import { isFree, link, type Matching } from "./Matching.js"
import { recover, type Recovery } from "./recover.js"

/** How alike two nodes must be: the larger they are, the less. */
export const adaptive = (one: number, other: number): number => 1 / (1 + Math.log(one + other))

export interface Containers extends Recovery {
  readonly threshold: (one: number, other: number) => number
  /** Whether to look into each pair at once. */
  readonly recovers: boolean
}

/** What a common name counts for. */
const nameBonus = 0.2

export const matchBottomUp = (
  forest: Forest,
  ids: Identities,
  options: Containers,
  matching: Matching
): void => {
  const { partner } = matching
  // by node of the second tree: for which node of the first it was last a candidate
  const seen = new Int32Array(forest.count).fill(-1)
  // from the last to the first: children come before their parents
  for (let node = forest.split - 1; node > 0; node--) {
    if (!isFree(matching, node) || at(forest.size, node) < 2) continue
    const best = bestContainer(forest, options, partner, seen, node)
    if (best < 0) continue
    link(matching, node, best)
    if (options.recovers) recover(forest, ids, options, matching, node, best)
  }
}

const bestContainer = (
  forest: Forest,
  { names, threshold }: Containers,
  partner: Int32Array,
  seen: Int32Array,
  node: number
): number => {
  const candidates: Array<number> = []
  const end = after(forest, node)
  for (let each = node + 1; each < end; each++) {
    const other = at(partner, each)
    if (other < 0) continue
    for (
      let above = at(forest.parent, other);
      above >= 0 && seen[above] !== node;
      above = at(forest.parent, above)
    ) {
      seen[above] = node
      if (at(partner, above) < 0 && at(forest.type, above) === at(forest.type, node)) candidates.push(above)
    }
  }
  let best = -1
  let bestScore = 0
  for (const candidate of candidates) {
    if (candidate === forest.split) continue
    const common = commonOf(forest, partner, node, candidate)
    const one = at(forest.size, node) - 1
    const other = at(forest.size, candidate) - 1
    const isNamed = names !== undefined && at(names, node) >= 0 && at(names, node) === at(names, candidate)
    const score = (2 * common) / (one + other) + (isNamed ? nameBonus : 0)
    if (score > bestScore && score >= threshold(one, other)) {
      best = candidate
      bestScore = score
    }
  }
  return best
}

/** How many descendants of one node became descendants of the other. */
const commonOf = (forest: Forest, partner: Int32Array, node: number, candidate: number): number => {
  const first = candidate + 1
  const end = after(forest, candidate)
  const last = after(forest, node)
  let common = 0
  for (let each = node + 1; each < last; each++) {
    const other = at(partner, each)
    if (other >= first && other < end) common++
  }
  return common
}
