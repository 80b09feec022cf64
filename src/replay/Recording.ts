/** A run as it was recorded: its nodes, and in each the steps in which it met the world. */
import type { GraphNode } from "../domain/GraphNode.js"
import type { Hash } from "../domain/Hash.js"
import type { NodeId } from "../domain/Ids.js"
import type { JsonObject } from "../domain/Json.js"
import type { Overrides } from "../domain/Overrides.js"
import type { ScratchpadArtifact } from "../domain/ScratchpadArtifact.js"

export type StepKind = "fetch" | "tool" | "sleep"

/** What came of a step. What was interrupted came to nothing, and must do so again. */
export type Outcome =
  | { readonly _tag: "done"; readonly value: unknown }
  | { readonly _tag: "failed"; readonly error: unknown }
  | { readonly _tag: "interrupted" }

export interface Step {
  readonly kind: StepKind
  /** As people call it: the tool, or the method and the address. */
  readonly name: string
  /** The digest of what was asked for. */
  readonly key: Hash
  /** The fiber of the node that asked, and how often it had asked for the same before: `0.1#2`. */
  readonly at: string
  /** Among the ends of all nodes and steps of the run; -1 if it was interrupted. */
  readonly order: number
  readonly request: JsonObject
  readonly outcome: Outcome
  /** Milliseconds. */
  readonly duration: number
}

/**
 * What of the world around a run a node, or a node in it, used: `provider`, `model`, `temperature`, `seed` of the requests, the hashes of
 * `block NAME`, the versions of `rulepack NAME`, and the digests of `findings`. Each once, in order.
 */
export interface Surroundings {
  readonly [name: string]: ReadonlyArray<string | number>
}

/** Something that a node made and keeps besides what it came to. */
export interface KeptArtifact extends Pick<ScratchpadArtifact, "type" | "content" | "name" | "metadata"> {}

export interface RecordedNode {
  readonly id: NodeId
  readonly kind: GraphNode["nodeType"]
  readonly name: string
  /** The way to it from the run: it is the same in every run of the same program. */
  readonly way: string
  /** The way to the node that it is in; empty for the run itself. That one is not recorded where the run was cut off. */
  readonly outer: string
  /** What its random numbers follow from, with the seed of the run: the way to it in the run that it was first carried out in. */
  readonly chance: string
  /** The digest of its kind, name, version and inputs, those of other nodes by the digests of their outputs. */
  readonly key: Hash
  readonly inputs: JsonObject
  readonly dependsOn: ReadonlyArray<NodeId>
  /** What of the run's input it, or a node in it, read: digests by name. */
  readonly reads: Readonly<Record<string, string>>
  readonly surroundings: Surroundings
  /** The outputs of nodes outside of it that nodes in it were given: their digests by their ways. */
  readonly uses: Readonly<Record<string, string>>
  /** What the clock said, by the fiber that asked, in milliseconds. */
  readonly clock: Readonly<Record<string, ReadonlyArray<number>>>
  readonly outcome: Outcome
  /** Among the ends of all nodes and steps; -1 if it was interrupted. */
  readonly order: number
  /** Of its output, if it has one. */
  readonly digest: Hash | undefined
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly duration: number
  readonly steps: ReadonlyArray<Step>
  readonly artifacts: ReadonlyArray<KeptArtifact>
}

export interface Recording {
  readonly id: string
  readonly name: string
  readonly input: JsonObject
  /** What the run's random numbers are made of. */
  readonly seed: string
  /** What it changed of the runs that it goes back to. */
  readonly overrides: Overrides
  readonly nodes: ReadonlyArray<RecordedNode>
}
