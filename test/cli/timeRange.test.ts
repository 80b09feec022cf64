/** Ranges of time and groups, as they are typed. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { layerTest } from "../../layers/AegisTest.js"
import { groupByOption } from "../../src/cli/groupByOption.js"
import { rangeOf, timeOf } from "../../src/cli/timeRange.js"
import { GroupBy } from "../../src/domain/TelemetryReport.js"
import { AegisConfig } from "../../src/services/AegisConfig.js"

const now = Date.parse("2026-11-26T12:00:00Z")
const iso = (text: string): string =>
  Option.match(timeOf(text, now), { onNone: () => "none", onSome: (at) => new Date(at).toISOString() })

const range = (since?: string, until?: string) =>
  Effect.zipRight(
    TestClock.setTime(now),
    rangeOf({ since: Option.fromNullable(since), until: Option.fromNullable(until) })
  ).pipe(Effect.provide(layerTest()))

describe("a time that is typed", () => {
  it("is an age, a day of UTC, or an instant with its zone", () => {
    assert.deepStrictEqual(
      ["7d", "24h", "90m", "2w", "2026-11-01", "2026-11-01T08:00Z", "2026-11-01T08:00:30.5+02:00"].map(iso),
      [
        "2026-11-19T12:00:00.000Z",
        "2026-11-25T12:00:00.000Z",
        "2026-11-26T10:30:00.000Z",
        "2026-11-12T12:00:00.000Z",
        "2026-11-01T00:00:00.000Z",
        "2026-11-01T08:00:00.000Z",
        "2026-11-01T06:00:30.500Z"
      ]
    )
  })

  it("is nothing else: no day that does not exist, no instant of an unknown zone, no word", () => {
    for (const text of [
      "2026-02-31",
      "2026-13-01",
      "2026-11-01T08:00",
      "yesterday",
      "",
      "7",
      "-7d",
      "1 Nov"
    ]) {
      assert.strictEqual(iso(text), "none", text)
    }
  })

  it("is never before the epoch, however long ago", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.nat(), FastCheck.constantFrom("s", "m", "h", "d", "w"), (number, unit) => {
        const at = Option.getOrThrow(timeOf(`${number}${unit}`, now))
        assert.isTrue(at >= 0 && at <= now)
      })
    )
  })
})

describe("a range", () => {
  it.effect("has the ends that were given, and the namespace only where one is configured", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* range(), {})
      assert.deepStrictEqual(yield* range("7d", "2026-11-25"), {
        from: "2026-11-19T12:00:00.000Z",
        to: "2026-11-25T00:00:00.000Z"
      })
      const base = yield* Effect.provide(AegisConfig, layerTest())
      const configured = Layer.succeed(AegisConfig, {
        ...base,
        settings: { ...base.settings, namespace: "team" },
        origins: new Map([["namespace", "AEGIS_NAMESPACE"] as const])
      })
      const none = { since: Option.none(), until: Option.none() }
      assert.deepStrictEqual(yield* Effect.provide(rangeOf(none), configured), { namespace: "team" })
    })
  )

  it.effect("says what is accepted, and that it may not end before it begins", () =>
    Effect.gen(function* () {
      const refused = (since?: string, until?: string) =>
        Effect.map(Effect.flip(range(since, until)), ({ message }) => message)
      assert.match(yield* refused("soon"), /^--since "soon" is no time\. .*7d.*2026-11-01.*Z/)
      assert.match(yield* refused(undefined, "2026-02-31"), /^--until "2026-02-31" is no time/)
      assert.match(yield* refused("1h", "2h"), /^The range ends before it begins/)
    })
  )
})

describe("what a report is grouped by", () => {
  const grouped = (text: string) => groupByOption(Option.some(text), [])

  it.effect("is taken in the order in which it was typed, each once", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* groupByOption(Option.none(), ["day"]), ["day"])
      assert.deepStrictEqual(yield* grouped("model, day,model"), ["model", "day"])
      assert.deepStrictEqual(yield* grouped(GroupBy.literals.join(",")), GroupBy.literals)
    })
  )

  it.effect("is one of a few, and what was meant is said", () =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(grouped("day,modl"))
      assert.match(
        message,
        /^--by "modl" is nothing to group by\. Did you mean "model"\? There are: day, hour/
      )
    })
  )
})
