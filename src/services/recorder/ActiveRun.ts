/** A run that is being carried out. */
import type * as Clock from "effect/Clock"
import type * as Effect from "effect/Effect"
import type { Hash } from "../../domain/Hash.js"
import type { CheckpointId, NodeId } from "../../domain/Ids.js"
import type { JsonObject } from "../../domain/Json.js"
import type { Overrides } from "../../domain/Overrides.js"
import type { Verdict } from "../../domain/ReplayResult.js"
import type { ValueChange } from "../../domain/RunDiff.js"
import type { RecordedNode, Recording, Step } from "../../replay/Recording.js"
import type { Reuse } from "../../replay/reuse.js"
import type { RecordError } from "../records/records.js"
import type { Gate } from "./Gate.js"
import type { Pasts } from "./Pasts.js"
import type { Turnstile } from "./Turnstile.js"

/**
 * `record`: everything is done, and kept. `strict`: nothing is done that was not recorded, and nothing is kept. `incremental`: what was
 * recorded of the same is taken, all else is done, and both are kept. `passthrough`: as if nothing were there.
 */
export type Mode = "record" | "strict" | "incremental" | "passthrough"

/** How the output of a node differs from the recorded one. */
export interface Changed {
  readonly node: NodeId
  /** Of the node. */
  readonly name: string
  readonly changes: ReadonlyArray<ValueChange>
}

/** A recorded node in this run: its way now, and the digest of what it came to. */
export interface Became {
  readonly way: string
  readonly digest: Hash
}

export interface ActiveRun {
  readonly mode: Exclude<Mode, "passthrough">
  /** Its recording, which is a checkpoint; of a strict replay the one that is replayed. */
  readonly id: CheckpointId
  readonly input: JsonObject
  readonly seed: string
  /** What is put in the place of what the program says itself. */
  readonly overrides: Overrides
  /** The clock as it is. */
  readonly clock: Clock.Clock
  readonly past: Recording | undefined
  /** The nodes of `past`. */
  readonly pasts: Pasts
  /** Compares outputs, the programs in them as programs. */
  readonly compare: (
    name: string,
    before: unknown,
    after: unknown
  ) => Effect.Effect<ReadonlyArray<ValueChange>>
  /** Lets recorded steps end in the order in which they ended. */
  readonly turnstile: Turnstile
  readonly verdicts: Array<Verdict>
  /** Nodes whose outputs are not as they were recorded. */
  readonly changed: Array<Changed>
  /** Steps that were really taken. */
  readonly taken: Array<Step>
  /** What became of recorded nodes, by their ways then. */
  readonly became: Map<string, Became>
  /** The ways of nodes that have ended, by their ids. */
  readonly ways: Map<NodeId, string>
  readonly reuse: Reuse
  /** The ids of nodes in this run by their ways, as far as they were asked for. */
  readonly ids: Map<string, NodeId>
  /** Nodes that are not kept yet and come with the next: taken from the recording, where they are still, or interrupted. */
  readonly pending: Array<RecordedNode>
  /** Lets what is done now end in an order that can be recorded, nodes once they are kept. */
  readonly gate: Gate<RecordError>
}
