/** What our saver can do that LangGraph's contract does not ask for. */
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint"
import * as assert from "node:assert/strict"

export interface Extended {
  /** `keep_latest`: only the newest checkpoint of each namespace stays, and works on. `delete`: nothing does. */
  prune(
    threads: ReadonlyArray<string>,
    options: { readonly strategy: "keep_latest" | "delete" }
  ): Promise<void>
  /** Puts a copy of a thread in the place of another. */
  copyThread(source: string, target: string): Promise<void>
  /** Deletes the checkpoints that were put with one of these as `configurable.run_id`. */
  deleteForRuns(runs: ReadonlyArray<string>): Promise<void>
}

const names = ["prune", "copyThread", "deleteForRuns"] as const

/** The saver with its extensions, of which it must have all. */
export const extended = (saver: BaseCheckpointSaver): BaseCheckpointSaver & Extended => {
  for (const name of names) assert.equal(typeof Reflect.get(saver, name), "function", `no ${name}`)
  // the loop has looked
  return saver as BaseCheckpointSaver & Extended
}
