/** Several real processes over the budgets of one file. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { Budgets } from "../../../src/services/Budgets.js"
import { toNanos } from "../../../src/services/budgets/nanos.js"
import { bundle, bundleAndSpawn, spawn } from "../../support/childProcess.js"
import { tempDir } from "../../support/tempDir.js"
import { resolvedOf } from "../providers/wire/support.js"
import { budgetsIn, hard, timeoutMs } from "./rig.js"

const entry = "test/layers/budgets/processes/spend.ts"
const call = (maxTokens: number) => ({ resolved: resolvedOf("vllm", "m", {}), maxTokens })
const total = Effect.flatMap(Budgets, (budgets) => Effect.map(budgets.status(), ([first]) => first))

describe("processes over one budget", () => {
  it.live(
    "never pass it by a nano-dollar, and what they settled is its sum",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const root = yield* tempDir
          const program = yield* bundle(entry)
          yield* Effect.provide(total, budgetsIn(root))
          const children = yield* Effect.forEach(["20", "100", "2048"], (maxOps) =>
            spawn(program, [root, `process-${maxOps}`, maxOps])
          )
          const ends = yield* Effect.forEach(children, ({ exit }) => exit, { concurrency: "unbounded" })
          const settled = ends.map(({ stderr, stdout }) => {
            assert.strictEqual(stdout[1], "passed false", stderr)
            return Number(stdout[0]?.replace("settled ", ""))
          })
          const after = yield* Effect.provide(total, budgetsIn(root))
          assert.strictEqual(
            toNanos(after?.spent ?? -1),
            settled.reduce((sum, each) => sum + each, 0)
          )
          assert.strictEqual(after?.reserved, 0)
          assert.isAtMost(after?.spent ?? Infinity, hard)
          // they went on until there was no room for the longest answer
          assert.isAbove(after?.spent ?? 0, hard - 0.7)
        })
      ),
    60_000
  )

  it.scoped(
    "give back what one of them held that was killed, once its lease is over and not before",
    () =>
      Effect.gen(function* () {
        const root = yield* tempDir
        const child = yield* bundleAndSpawn(entry, [root, "hold"])
        yield* child.line("held")
        yield* child.kill("SIGKILL")
        yield* child.exit
        yield* TestClock.setTime(Date.now())
        yield* Effect.gen(function* () {
          const budgets = yield* Budgets
          assert.strictEqual((yield* total)?.reserved, 1.5)
          assert.strictEqual((yield* Effect.flip(budgets.reserve(call(51))))._tag, "BudgetExceeded")
          yield* budgets.reserve(call(50))
          yield* TestClock.adjust(timeoutMs + 60_000)
          assert.strictEqual((yield* total)?.reserved, 0)
          yield* budgets.reserve(call(200))
        }).pipe(Effect.provide(budgetsIn(root)))
      }),
    60_000
  )
})
