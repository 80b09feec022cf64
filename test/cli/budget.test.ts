/** `aegis budget` as an Effect, over services in memory. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { layerTest } from "../../layers/AegisTest.js"
import { budget } from "../../src/cli/budget.js"
import * as Output from "../../src/cli/Output.js"
import type { Budget } from "../../src/domain/Budget.js"
import type { Usd } from "../../src/domain/Measures.js"
import { Budgets } from "../../src/services/Budgets.js"
import { resolvedOf } from "../layers/providers/wire/support.js"

const budgets: ReadonlyArray<typeof Budget.Encoded> = [
  { scope: "day", soft: 1, hard: 2 },
  { scope: "month", namespace: "shop", hard: 100, unknownPrice: "allow" },
  { scope: "run", hard: 3 }
]

/** What the command prints once so much was spent by a run, and how it ends. */
const printed = (
  cost: number,
  options: {
    readonly check?: boolean
    readonly json?: boolean
    readonly width?: number
    readonly run?: string
  } = {}
) => {
  const written: Array<string> = []
  return Effect.gen(function* () {
    yield* TestClock.setTime(Date.UTC(2026, 10, 26, 12))
    const { reserve, settle } = yield* Budgets
    const resolved = resolvedOf("openai", "gpt-5.4", {})
    const reservation = yield* reserve({ resolved, maxTokens: 1000, run: "thread-1" })
    yield* settle(reservation, Option.some(cost as Usd)) // not negative
    yield* reserve({ resolved, maxTokens: 1000, namespace: "shop" }).pipe(Effect.ignore)
    const error = yield* budget({
      check: options.check === true,
      run: Option.fromNullable(options.run)
    }).pipe(
      Effect.match({ onSuccess: () => undefined, onFailure: (failure) => failure }),
      Effect.provide(
        Output.layerMemory(written, options.json === true, { color: false, width: options.width ?? 140 })
      )
    )
    return { error, text: written.join("") }
  }).pipe(Effect.provide(layerTest({ settings: { budgets } })))
}

describe("aegis budget", () => {
  it.effect("shows each budget with what was spent, is reserved and left", () =>
    Effect.gen(function* () {
      const { error, text } = yield* printed(1.25)
      assert.isUndefined(error)
      const rows = text
        .split("\n")
        .filter((line) => line.startsWith("│"))
        .map((line) => line.split("│").map((cell) => cell.trim()))
        .map((cells) => cells.slice(1, -1).join(" | "))
      assert.deepStrictEqual(rows, [
        "budget | of | spent | reserved | soft | hard | left | resets | state",
        "2026-11-26 |  | $1.25 | $0.015 | $1.00 | $2.00 | $0.735 | 2026-11-27T00:00:00.000Z | soft limit reached",
        "2026-11 | shop | $0 | $0.015 |  | $100.00 | $99.98 | 2026-12-01T00:00:00.000Z | ok",
        "run | thread-1 in default | $1.25 | $0 |  | $3.00 | $1.75 | never | ok"
      ])
    })
  )

  it.effect.each([
    [[], 'there are none: "budgets" of aegis.config.json is empty'],
    [[{ scope: "run", hard: 3 }], "nothing is counted yet"]
  ] satisfies ReadonlyArray<[ReadonlyArray<typeof Budget.Encoded>, string]>)(
    "says why there is none to show: %j",
    ([settings, expected]) => {
      const written: Array<string> = []
      return Effect.map(budget({ check: true, run: Option.none() }), () =>
        assert.strictEqual(written.join("").trim(), expected)
      ).pipe(
        Effect.provide(Output.layerMemory(written, false, { color: false, width: 80 })),
        Effect.provide(layerTest({ settings: { budgets: settings } }))
      )
    }
  )

  it.effect("fits into a narrow terminal", () =>
    Effect.gen(function* () {
      const { text } = yield* printed(1.25, { width: 60 })
      for (const line of text.split("\n")) assert.isAtMost(line.length, 60, line)
      assert.include(text, "soft limit reached")
    })
  )

  it.effect("ends with a finding when a hard limit is reached, if it was asked to check", () =>
    Effect.gen(function* () {
      assert.isUndefined((yield* printed(2, { check: false })).error)
      assert.isUndefined((yield* printed(1.9, { check: true })).error)
      const { error, text } = yield* printed(2, { check: true })
      assert.deepInclude(error, { _tag: "GateFailed", found: "1 budget used up" })
      assert.include(text, "used up")
    })
  )

  it.effect("is data with --json, of one run if it is named", () =>
    Effect.gen(function* () {
      const { text } = yield* printed(0.5, { json: true, run: "thread-2" })
      const { budgets: found, ok } = JSON.parse(text)
      assert.isTrue(ok)
      assert.deepStrictEqual(found[2], {
        scope: "run",
        namespace: "default",
        period: null,
        run: "thread-2",
        soft: null,
        hard: 3,
        spent: 0,
        reserved: 0,
        left: 3,
        unpriced: 0,
        resetsAt: null,
        state: "ok"
      })
    })
  )
})
