/**
 * A process that spends from the budgets of a folder (first argument) until they refuse it, in ten fibers. It prints what it settled,
 * in nano-dollars, and whether it ever saw a limit passed. With the second argument "hold" it reserves, says so and waits.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Usd } from "../../../../src/domain/Measures.js"
import { Budgets } from "../../../../src/services/Budgets.js"
import { toNanos } from "../../../../src/services/budgets/nanos.js"
import { resolvedOf } from "../../providers/wire/support.js"
import { budgetsIn, hard } from "../rig.js"

const [, , root = "", mode = "", maxOps = "2048"] = process.argv
const call = { resolved: resolvedOf("vllm", "m", {}), run: `run of ${mode}` }

const program = Effect.gen(function* () {
  const budgets = yield* Budgets
  if (mode === "hold") {
    yield* budgets.reserve({ ...call, maxTokens: 150 })
    process.stdout.write("held\n")
    return yield* Effect.never
  }
  let settled = 0
  let passed = false
  const spend = (fiber: number) =>
    Effect.gen(function* () {
      for (let turn = 1; ; turn++) {
        const reservation = yield* budgets.reserve({ ...call, maxTokens: 1 + ((fiber + turn) % 7) })
        const [total] = yield* budgets.status()
        passed ||= toNanos((total?.spent ?? 0) + (total?.reserved ?? 0)) > toNanos(hard)
        const nanos = Math.floor((reservation.nanos * ((fiber * turn) % 11)) / 100)
        settled += nanos
        yield* budgets.settle(reservation, Option.some((nanos / 1e9) as Usd)) // not negative
      }
    }).pipe(Effect.catchTag("BudgetExceeded", () => Effect.void))
  yield* Effect.forEach([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], spend, { concurrency: "unbounded" })
  process.stdout.write(`settled ${settled}\npassed ${passed}\n`)
})

await Effect.runPromise(
  program.pipe(Effect.provide(budgetsIn(root)), Effect.withMaxOpsBeforeYield(Number(maxOps)))
)
