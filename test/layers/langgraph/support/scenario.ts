/**
 * What a scenario is: a piece of behaviour of a checkpoint saver as data, so that it runs over a real saver, over the
 * model of one, and over savers that are broken on purpose.
 */
import type { BaseCheckpointSaver, MemorySaver } from "@langchain/langgraph-checkpoint"
import * as assert from "node:assert/strict"
import { normalise } from "./normalise.js"

/** Storage of its own for one scenario, and what opens it. */
export interface Rig {
  /** A saver over the storage. A scenario calls it once, before anything else. */
  readonly open: () => Promise<BaseCheckpointSaver>
  /**
   * Closes what is open and opens the same storage again, as the next process would. A saver that lives in memory
   * alone may give the same one again.
   */
  readonly reopen: () => Promise<BaseCheckpointSaver>
  /** LangGraph's own saver, empty: the model that is compared with. */
  readonly fresh: () => MemorySaver
  /**
   * Makes the stored value of a checkpoint's channel one that says "I am the constructor `id`, called with `kwargs`",
   * as somebody would who can write rows but not run code. For savers that can; without it the scenario about such
   * rows looks only at what a user's own values can do.
   */
  readonly plant?: (
    at: { readonly threadId: string; readonly checkpointId: string; readonly channel: string },
    id: ReadonlyArray<string>,
    kwargs: Readonly<Record<string, unknown>>
  ) => Promise<void>
}

export interface Scenario {
  readonly name: string
  /** Throws when the saver misbehaves. */
  readonly run: (rig: Rig) => Promise<void>
}

/** A saver that scenarios are run over. */
export interface Candidate {
  readonly name: string
  /** New, empty storage, and its end. */
  readonly rig: () => Promise<Rig & { readonly close: () => Promise<void> }>
}

/** Runs a scenario over storage of its own, which is closed whatever comes of it. */
export const runOver = async (candidate: Candidate, scenario: Scenario): Promise<void> => {
  const rig = await candidate.rig()
  try {
    await scenario.run(rig)
  } finally {
    await rig.close()
  }
}

/** The saver of a script, which is another one after `reopen`. */
export interface Stage {
  readonly saver: BaseCheckpointSaver
  readonly reopen: () => Promise<void>
}

export const stageOf = async (rig: Rig): Promise<Stage> => {
  let saver = await rig.open()
  return {
    get saver() {
      return saver
    },
    reopen: async () => {
      saver = await rig.reopen()
    }
  }
}

/** A scenario with words of its own about what is right. */
export const that = (name: string, script: (stage: Stage, rig: Rig) => Promise<void>): Scenario => ({
  name,
  run: async (rig) => script(await stageOf(rig), rig)
})

/**
 * A scenario whose script comes to the same over the saver as over MemorySaver, which is never closed. What it returns
 * is compared without ids and times.
 */
export const likeMemory = (name: string, script: (stage: Stage) => Promise<unknown>): Scenario => ({
  name,
  run: async (rig) => {
    const actual = normalise(await script(await stageOf(rig)))
    const model: Stage = { saver: rig.fresh(), reopen: async () => undefined }
    const expected = normalise(await script(model))
    assert.deepEqual(actual, expected)
  }
})
