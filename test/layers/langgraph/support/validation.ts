/**
 * LangGraph's own suite for checkpoint savers, all of it, in our runner. It expects the runner's functions as globals,
 * which our configuration does not make; this module does, in the worker of the file that imports it.
 */
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint"
import {
  type CheckpointSaverTestInitializer,
  deltaChannelHistoryTests,
  specTest
} from "@langchain/langgraph-checkpoint-validation"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { RunnerTestCase, RunnerTestSuite } from "vitest"

Object.assign(globalThis, { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it })

/** How many tests the suite of this version has: 718 of its contract, 8 of the history of delta channels. */
const whole = 726

const testsOf = (suite: Readonly<RunnerTestSuite>): ReadonlyArray<RunnerTestCase> =>
  suite.tasks.flatMap((task) => (task.type === "suite" ? testsOf(task) : [task]))

/**
 * Every test of the suite, and the proof that every one ran. `checkpointerName` must be a name of its own: the suite
 * leaves tests out for names that it knows. `createCheckpointer` gives a saver over empty storage.
 */
export const validation = <Saver extends BaseCheckpointSaver>(
  initializer: CheckpointSaverTestInitializer<Saver>
): void => {
  describe(`${initializer.checkpointerName}, by LangGraph's suite`, () => {
    afterAll((suite) => {
      const states = testsOf(suite).map(({ mode, result }) => (mode === "run" ? result?.state : mode))
      const ran = states.filter((state) => state === "pass" || state === "fail").length
      expect({ ran, skipped: states.length - ran }).toEqual({ ran: whole, skipped: 0 })
    })
    specTest(initializer)
    deltaChannelHistoryTests(initializer)
  })
}
