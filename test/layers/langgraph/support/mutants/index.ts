/**
 * Savers that are the model with one thing broken, each as a real saver could be. A scenario that none of them fails is
 * not worth much; one that all scenarios let pass shows what is missing.
 */
import type { Candidate } from "../scenario.js"
import { beyond } from "./beyond.js"
import { lists } from "./lists.js"
import { puts } from "./puts.js"
import { writes } from "./writes.js"

export interface Mutant {
  readonly candidate: Candidate
  /** The list of scenarios that must find it. */
  readonly list: "scenarios" | "beyondMemory"
}

export const mutants: ReadonlyArray<Mutant> = [
  ...[...puts, ...writes, ...lists].map((candidate): Mutant => ({ candidate, list: "scenarios" })),
  ...beyond.map((candidate): Mutant => ({ candidate, list: "beyondMemory" }))
]
