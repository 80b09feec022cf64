import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { changePointsOf } from "../../../src/telemetry/analysis/changePoints.js"

/** Values like those of a normal distribution: the sum of twelve uniform ones. */
const noise = FastCheck.array(FastCheck.double({ min: -0.5, max: 0.5, noNaN: true }), {
  minLength: 12,
  maxLength: 12
}).map((values) => values.reduce((sum, value) => sum + value, 0))

const series = (length: number): FastCheck.Arbitrary<ReadonlyArray<number>> =>
  FastCheck.array(noise, { minLength: length, maxLength: length })

describe("changePointsOf", () => {
  it.prop(
    "finds none in a series that is constant, or empty",
    [FastCheck.double({ noNaN: true, min: -1e6, max: 1e6 }), FastCheck.nat(100)],
    ([value, length]) => {
      assert.deepEqual(changePointsOf(Array.from({ length }, () => value)), [])
    }
  )

  it("says of at most 1 in 100 series of noise that they changed", () => {
    const samples = FastCheck.sample(FastCheck.integer({ min: 7, max: 60 }).chain(series), {
      numRuns: 2000,
      seed: 6
    })
    const alarms = samples.filter(
      (values) => changePointsOf(values.map((value) => value + 10)).length > 0
    ).length
    // 20 are expected at most; 36 or more would come by chance once in a thousand
    assert.isBelow(alarms, 36)
  })

  it("says so of noise with long tails no more often", () => {
    const samples = FastCheck.sample(FastCheck.integer({ min: 7, max: 60 }).chain(series), {
      numRuns: 2000,
      seed: 7
    })
    const alarms = samples.filter(
      (values) => changePointsOf(values.map((value) => Math.exp(2 * value))).length > 0
    ).length
    assert.isBelow(alarms, 36)
  })

  it.prop(
    "finds a step within a day of where it is, and both its levels",
    [
      FastCheck.integer({ min: 14, max: 60 }).chain((length) =>
        FastCheck.record({ values: series(length), at: FastCheck.integer({ min: 5, max: length - 5 }) })
      ),
      FastCheck.constantFrom(-6, 6)
    ],
    ([{ at, values }, step]) => {
      const [change, ...others] = changePointsOf(
        values.map((value, i) => value + 20 + (i < at ? 0 : step))
      ).toSorted((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before))
      assert.isDefined(change)
      assert.isAtMost(Math.abs(change.index - at), 1)
      assert.approximately(change.before, 20, 2.5)
      assert.approximately(change.after, 20 + step, 2.5)
      assert.isAtLeast(change.confidence, 0.99)
      assert.isAtMost(others.length, 2)
    }
  )

  it("finds each of several steps", () => {
    const values = [10, 11, 10, 9, 10, 10, 20, 21, 20, 19, 20, 20, 5, 6, 5, 5, 4, 5]
    assert.deepEqual(
      changePointsOf(values).map(({ after, before, index }) => ({ index, before, after })),
      [
        { index: 6, before: 10, after: 20 },
        { index: 12, before: 20, after: 5 }
      ]
    )
  })

  it.prop(
    "does not see the unit that values are in",
    [series(20), FastCheck.constantFrom(0.001, 7, 1e6)],
    ([values, unit]) => {
      const raised = values.map((value, i) => value + (i < 11 ? 10 : 13))
      assert.deepEqual(
        changePointsOf(raised.map((value) => value * unit)).map(({ index }) => index),
        changePointsOf(raised).map(({ index }) => index)
      )
    }
  )

  it("says nothing of a step that is too small to matter", () => {
    const values = Array.from({ length: 40 }, (_, i) => (i < 20 ? 100 : 104))
    assert.deepEqual(changePointsOf(values), [])
  })
})
