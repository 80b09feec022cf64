/** A prune that is killed leaves a store that is whole, and the next one goes on. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Path from "node:path"
import { pruneRuns } from "../../src/services/runs/prune.js"
import { verifyRuns } from "../../src/services/runs/verify.js"
import { configAt, fill, onFile } from "../services/runs/rig.js"
import { bundle, spawn } from "../support/childProcess.js"
import { tempDir } from "../support/tempDir.js"

const steps = 300
const kept = 5

describe("a prune that is killed", () => {
  it.scopedLive(
    "leaves everything whole that is still there",
    () =>
      Effect.gen(function* () {
        const program = yield* bundle("test/faults/processes/prune.ts")
        for (const at of ["step 1", "step 2", "step 4", "step 6", "reclaim"]) {
          const file = Path.join(yield* tempDir, "store.db")
          const [first, last] = yield* Effect.scoped(
            Effect.gen(function* () {
              const runs = yield* onFile(file)
              yield* fill(runs, { thread: "a", steps: 30 })
              for (let step = 31; step <= steps; step += 1) {
                // one list that grows would take most of the time
                yield* fill(runs, { thread: "a", from: step, steps: 1, size: 2 })
              }
              return [
                yield* runs.saver.getTuple(configAt("a", "", 1)),
                yield* runs.saver.getTuple(configAt("a", "", steps))
              ]
            })
          )
          const child = yield* spawn(program, [file, "a", String(kept)])
          yield* child.line(at)
          yield* child.kill("SIGKILL")
          assert.strictEqual((yield* child.exit).signal, "SIGKILL")
          yield* Effect.scoped(
            Effect.gen(function* () {
              const runs = yield* onFile(file)
              assert.deepStrictEqual((yield* verifyRuns(runs.storage)).problems, [], at)
              assert.deepStrictEqual(yield* runs.saver.getTuple(configAt("a", "", steps)), last)
              const oldest = yield* runs.saver.getTuple(configAt("a", "", 1))
              if (oldest !== undefined) assert.deepStrictEqual(oldest, first)
              yield* pruneRuns(runs.log, runs.storage, { keepLast: kept })
              assert.strictEqual(
                (yield* runs.storage.list({ thread: "a", holds: [], limit: 1000 })).length,
                kept
              )
              assert.deepStrictEqual((yield* verifyRuns(runs.storage)).problems, [], at)
              assert.deepStrictEqual(yield* runs.saver.getTuple(configAt("a", "", steps)), last)
            })
          )
        }
      }),
    90_000
  )
})
