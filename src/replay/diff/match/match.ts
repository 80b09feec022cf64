/**
 * Matches two trees: equal subtrees from the top down, containers from the bottom up, what is left of both by name, order and place, and
 * at last equal subtrees that went elsewhere. After Falleri et al., "Fine-grained and Accurate Source Code Differencing" (ASE 2014),
 * with exact identities of subtrees, names, and a threshold that falls with the size.
 */
import { at, type Forest } from "../tree/Forest.js"
import type { Identities } from "../tree/identify.js"
import { adaptive, matchBottomUp } from "./bottomUp.js"
import { isAllFree, link, linkAll, type Matching, newMatching } from "./Matching.js"
import { namesOf, placesOf } from "./names.js"
import { recover } from "./recover.js"
import { freeOf, matchTopDown, occurrencesOf, shared } from "./topDown.js"

/** Phases that can be left out, to see what each is good for. */
export interface MatchOptions {
  readonly bottomUp: boolean
  readonly recovery: boolean
  readonly names: boolean
  readonly alike: boolean
  readonly moves: boolean
  readonly adaptive: boolean
  /** The size of the smallest subtree that is matched because it is equal, in nodes. */
  readonly least: number
}

export const wholeMatch: MatchOptions = {
  bottomUp: true,
  recovery: true,
  names: true,
  alike: true,
  moves: true,
  adaptive: true,
  least: 2
}

export const match = (forest: Forest, ids: Identities, options: MatchOptions = wholeMatch): Matching => {
  const matching = newMatching(forest)
  const { split } = forest
  if (at(ids.full, 0) === at(ids.full, split)) {
    linkAll(forest, matching, 0, split)
    return matching
  }
  link(matching, 0, split)
  const allNames = namesOf(forest)
  const names = options.names ? allNames : undefined
  const recovery = { names, alike: options.alike }
  const places = options.names ? placesOf(forest, allNames) : new Int32Array(forest.count)
  matchTopDown(forest, ids, places, options.least, matching)
  if (options.bottomUp) {
    const threshold = options.adaptive ? adaptive : () => 0.5
    matchBottomUp(forest, ids, { threshold, recovers: options.recovery, ...recovery }, matching)
  }
  if (options.recovery) recover(forest, ids, recovery, matching, 0, split)
  if (options.moves) matchMoves(forest, ids, options.least, matching)
  return matching
}

/** Equal subtrees that are left, in order: to move one is shorter than to take it out and write it again. */
const matchMoves = (forest: Forest, ids: Identities, least: number, matching: Matching): void => {
  const occurrences = occurrencesOf(forest, ids)
  const whole = (node: number): boolean => isAllFree(forest, matching, node)
  for (const id of shared(forest, occurrences, least)) {
    const left = freeOf(matching, occurrences, at(occurrences.first, id)).filter(whole)
    const right = freeOf(matching, occurrences, at(occurrences.second, id)).filter(whole)
    left.slice(0, right.length).forEach((node, index) => linkAll(forest, matching, node, right[index] ?? -1))
  }
}
