/** A run that is being carried out. */
import type * as Clock from "effect/Clock"
import type { NodeId } from "../../domain/Ids.js"
import type { JsonObject } from "../../domain/Json.js"
import type { RecordedNode, Recording } from "../../replay/Recording.js"
import type { RecordingIndex } from "../../replay/RecordingIndex.js"
import type { Verdict } from "../../replay/Verdict.js"
import type { RecordError } from "../records/records.js"
import type { Gate } from "./Gate.js"
import type { Turnstile } from "./Turnstile.js"

/**
 * `record`: everything is done, and kept. `strict`: nothing is done that was not recorded, and nothing is kept. `incremental`: what was
 * recorded of the same is taken, all else is done, and both are kept. `passthrough`: as if nothing were there.
 */
export type Mode = "record" | "strict" | "incremental" | "passthrough"

export interface ActiveRun {
  readonly mode: Exclude<Mode, "passthrough">
  readonly id: string
  readonly input: JsonObject
  readonly seed: string
  /** The clock as it is. */
  readonly clock: Clock.Clock
  readonly past: Recording | undefined
  /** The nodes of `past`. */
  readonly index: RecordingIndex
  /** Lets recorded steps end in the order in which they ended. */
  readonly turnstile: Turnstile
  readonly verdicts: Array<Verdict>
  /** The ids of nodes in this run by their ways, as far as they were asked for. */
  readonly ids: Map<string, NodeId>
  /** Nodes that are not kept yet and come with the next: taken from the recording, where they are still, or interrupted. */
  readonly pending: Array<RecordedNode>
  /** Lets what is done now end in an order that can be recorded, nodes once they are kept. */
  readonly gate: Gate<RecordError>
}
