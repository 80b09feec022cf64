/** What gates, run stores and replays leave in the ledger of the program that asks them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { layerTest } from "../../layers/AegisTest.js"
import { layerRuns } from "../../layers/RunStores.js"
import { CheckpointStore } from "../../src/services/CheckpointStore.js"
import { Enforcer } from "../../src/services/Enforcer.js"
import { noted } from "../../src/services/noted.js"
import { layerMemory as runsInMemory } from "../../src/services/runStorageMemory.js"
import { makeMemory, Telemetry } from "../../src/services/Telemetry.js"
import { day, scaffold } from "./ledgerEvents.js"

const input = {
  name: "first",
  scaffoldId: scaffold("a"),
  nodes: [],
  state: { answer: "hunter2" },
  thread: "t"
}

describe("an operation that spends nothing", () => {
  it.effect("is recorded once when a checkpoint is saved, without its state", () => {
    const ledger = makeMemory()
    return Effect.gen(function* () {
      yield* TestClock.setTime(day)
      const store = yield* CheckpointStore
      const { id } = yield* store.create(input)
      assert.lengthOf(ledger.taken, 1)
      assert.deepInclude(ledger.taken[0], {
        operation: "checkpoint",
        outcome: "miss",
        scaffoldId: scaffold("a"),
        checkpointId: id,
        namespace: "tenant",
        cost: Option.some(0),
        at: day
      } as Partial<(typeof ledger.taken)[number]>) // the cost is a brand
      assert.notInclude(JSON.stringify(ledger.taken), "hunter2")
    }).pipe(Effect.provide(layerRuns(runsInMemory("tenant"))), Effect.provideService(Telemetry, ledger))
  })

  it.effect("is done without a ledger too", () =>
    Effect.gen(function* () {
      const store = yield* CheckpointStore
      assert.strictEqual((yield* store.create(input)).name, "first")
    }).pipe(Effect.provide(layerRuns(runsInMemory("tenant"))))
  )

  it.effect("says what was found, by severity, when a text is judged", () => {
    const ledger = makeMemory()
    return Effect.gen(function* () {
      const enforcer = yield* Enforcer
      const report = yield* enforcer.enforceStandards("var a = eval('1')\n", ["standards"], { path: "a.js" })
      assert.isAbove(report.errors, 0)
      assert.deepStrictEqual(
        ledger.taken.map(({ findings, operation }) => ({ findings, operation })),
        [
          {
            operation: "enforce",
            findings: { error: report.errors, warning: report.warnings, info: report.infos }
          }
        ]
      )
    }).pipe(Effect.provideService(Telemetry, ledger), Effect.provide(Layer.orDie(layerTest())))
  })

  it.effect("is recorded with how it failed", () => {
    const ledger = makeMemory()
    const facts = noted(() => ({ operation: "replay", scaffoldId: scaffold("a") }))
    return Effect.gen(function* () {
      yield* Effect.exit(facts(Effect.fail({ _tag: "RunNotFound" })))
      const defect = yield* Effect.exit(facts(Effect.dieMessage("hunter2")))
      assert.isTrue(Exit.isFailure(defect))
      const fiber = yield* Effect.fork(facts(Effect.never))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(
        ledger.taken.map(({ error }) => error),
        ["RunNotFound", "defect", "interrupted"]
      )
    }).pipe(Effect.provideService(Telemetry, ledger))
  })
})
