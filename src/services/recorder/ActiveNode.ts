/** A node that is being carried out: what it met so far, and what was recorded of it before. */
import type * as Effect from "effect/Effect"
import type { GraphNode } from "../../domain/GraphNode.js"
import type { NodeId } from "../../domain/Ids.js"
import type { ReplayMiss } from "../../domain/ReplayErrors.js"
import type { KeptArtifact, RecordedNode, Step } from "../../replay/Recording.js"
import type { ActiveRun } from "./ActiveRun.js"
import { makeShelf, type Shelf } from "./Shelf.js"

export interface ActiveNode {
  readonly run: ActiveRun
  readonly id: NodeId
  readonly kind: GraphNode["nodeType"]
  readonly name: string
  readonly way: string
  /** The way to it in the recording, whether it was recorded or not. */
  readonly pastWay: string
  /** What its random numbers follow from. */
  readonly chance: string
  readonly parent: ActiveNode | undefined
  /** What was recorded of it, and which steps of that were not given out yet. */
  readonly past: RecordedNode | undefined
  readonly shelf: Shelf
  readonly steps: Array<Step>
  readonly artifacts: Array<KeptArtifact>
  /** Ends steps that go on though the node's code has ended, and waits for that. */
  readonly open: Set<Effect.Effect<unknown>>
  readonly reads: Map<string, string>
  /** Digests of what nodes in it were given of nodes outside of it, by their ways. */
  readonly uses: Map<string, string>
  readonly surroundings: Map<string, Set<string | number>>
  readonly clock: Map<string, Array<number>>
  /** The first thing that was asked for and not recorded, in a strict replay. */
  miss: ReplayMiss | undefined
}

export const makeActiveNode = (
  facts: Pick<ActiveNode, "run" | "id" | "kind" | "name" | "way" | "pastWay" | "parent" | "past">
): ActiveNode => ({
  ...facts,
  chance: facts.past?.chance ?? facts.way,
  shelf: makeShelf(facts.past?.steps ?? []),
  steps: [],
  artifacts: [],
  open: new Set(),
  reads: new Map(),
  uses: new Map(),
  surroundings: new Map(),
  clock: new Map(),
  miss: undefined
})
