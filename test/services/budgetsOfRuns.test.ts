/** Budgets within recorded runs. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { layerTest } from "../../layers/AegisTest.js"
import { BudgetExceeded } from "../../src/domain/BudgetErrors.js"
import type { Usd } from "../../src/domain/Measures.js"
import { Budgets } from "../../src/services/Budgets.js"
import { layer as recorder, Recorder } from "../../src/services/Recorder.js"
import { resolvedOf } from "../layers/providers/wire/support.js"

const call = { resolved: resolvedOf("openai", "gpt-5.4", {}), maxTokens: 1000 }

const spend = (cost: number) =>
  Effect.gen(function* () {
    const { reserve, settle } = yield* Budgets
    yield* settle(yield* reserve(call), Option.some(cost as Usd)) // not negative
    return cost
  })

const agent = (spending: (cost: number) => Effect.Effect<unknown, unknown, Budgets>) =>
  Effect.gen(function* () {
    const { node, run } = yield* Recorder
    const clock = yield* Effect.clock
    const wait = Effect.withClock(TestClock.adjust("1 second"), clock)
    return yield* run(
      "agent",
      { input: {} },
      Effect.gen(function* () {
        yield* spending(0.3)
        const inner = yield* node("plan", "one", {}, () =>
          Effect.orDie(spending(0.2)).pipe(Effect.zipRight(wait), Effect.zipRight(Clock.currentTimeMillis))
        )
        return inner.value
      })
    )
  })

describe("the budget of a run", () => {
  it.effect("counts the calls of a recorded run, and of each by itself", () =>
    Effect.gen(function* () {
      const { status } = yield* Budgets
      yield* spend(5)
      yield* Effect.provide(agent(spend), recorder({ mode: "record" }))
      yield* Effect.provide(agent(spend), recorder({ mode: "record" }))
      const found = yield* status()
      assert.deepStrictEqual(
        found.map(({ scope, spent }) => [scope, spent]),
        [
          ["run", 0.5 as Usd],
          ["run", 0.5 as Usd]
        ]
      )
      assert.strictEqual(new Set(found.map(({ run }) => run)).size, 2)
    }).pipe(Effect.provide(layerTest({ settings: { budgets: [{ scope: "run", hard: 1 }] } })))
  )

  it.effect("refuses a call of the run that would pass it", () =>
    Effect.gen(function* () {
      const cause = yield* Effect.flip(
        Effect.sandbox(
          Effect.provide(
            agent((cost) => spend(cost * 3)),
            recorder({ mode: "record" })
          )
        )
      )
      const [defect] = Cause.defects(cause)
      assert.instanceOf(defect, BudgetExceeded)
    }).pipe(Effect.provide(layerTest({ settings: { budgets: [{ scope: "run", hard: 0.9 }] } })))
  )

  it.effect("is no part of what is recorded", () =>
    Effect.gen(function* () {
      const recorded = yield* Effect.provide(agent(spend), recorder({ mode: "record" }))
      const recording = Option.getOrThrow(recorded.recording)
      const replayed = yield* Effect.provide(
        agent(() => Effect.void),
        recorder({ mode: "strict", recording })
      )
      assert.strictEqual(replayed.value, recorded.value)
      assert.deepStrictEqual([...new Set(replayed.verdicts.map(({ verdict }) => verdict))], ["IDENTICAL"])
    }).pipe(Effect.provide(layerTest({ settings: { budgets: [{ scope: "run", hard: 1 }] } })))
  )
})
