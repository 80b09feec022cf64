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

/**
 * Nodes that are looked at to find containers, at most. What is nested a thousand levels deep and changed at each of them would take for
 * ever; the containers above are then left to the recovery.
 */
const mostWork = 50_000_000

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
  let work = mostWork
  // from the last to the first: children come before their parents
  for (let node = forest.split - 1; node > 0 && work > 0; node--) {
    if (!isFree(matching, node) || at(forest.size, node) < 2) continue
    work -= at(forest.size, node)
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
  const partners: Array<number> = []
  const end = after(forest, node)
  for (let each = node + 1; each < end; each++) {
    const other = at(partner, each)
    if (other < 0) continue
    partners.push(other)
    for (
      let above = at(forest.parent, other);
      above > forest.split && seen[above] !== node;
      above = at(forest.parent, above)
    ) {
      seen[above] = node
      if (at(partner, above) < 0 && at(forest.type, above) === at(forest.type, node)) candidates.push(above)
    }
  }
  if (candidates.length === 0) return -1
  const sorted = Int32Array.from(partners).sort()
  let best = -1
  let bestScore = 0
  for (const candidate of candidates) {
    const common = firstFrom(sorted, after(forest, candidate)) - firstFrom(sorted, candidate + 1)
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

/** The index of the first number that is at least `least`: descendants have the numbers behind their ancestor's. */
const firstFrom = (sorted: Int32Array, least: number): number => {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (at(sorted, middle) < least) low = middle + 1
    else high = middle
  }
  return low
}
