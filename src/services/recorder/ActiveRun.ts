/** A run that is being carried out. */
import type * as Clock from "effect/Clock"
import type { Change } from "../../domain/Change.js"
import type { NodeId } from "../../domain/Ids.js"
import type { JsonObject } from "../../domain/Json.js"
import type { Overrides } from "../../domain/Overrides.js"
import type { RecordedNode, Recording, Step } from "../../replay/Recording.js"
import type { Reuse } from "../../replay/reuse.js"
import type { Verdict } from "../../domain/ReplayResult.js"
import type { Gate } from "./Gate.js"
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
  readonly changes: ReadonlyArray<Change>
  /** As it is now. */
  readonly output: unknown
}

export interface ActiveRun {
  readonly mode: Exclude<Mode, "passthrough">
  readonly id: string
  readonly input: JsonObject
  readonly seed: string
  /** What is put in the place of what the program says itself. */
  readonly overrides: Overrides
  /** The clock as it is. */
  readonly clock: Clock.Clock
  readonly past: Recording | undefined
  /** Lets recorded steps end in the order in which they ended. */
  readonly turnstile: Turnstile
  readonly verdicts: Array<Verdict>
  /** Nodes whose outputs are not as they were recorded. */
  readonly changed: Array<Changed>
  /** Steps that were really taken. */
  readonly taken: Array<Step>
  /** Of nodes that have ended: digests of their outputs by their ways, and their ways by their ids. */
  readonly outputs: Map<string, string>
  readonly ways: Map<NodeId, string>
  readonly reuse: Reuse
  /** Nodes that were taken from the recording and are not kept yet: they are there still. */
  readonly pending: Array<RecordedNode>
  /** Lets what is done now end in an order that can be recorded. */
  readonly gate: Gate
}
