import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { median, outliersOf } from "../../../src/telemetry/analysis/outliers.js"

const value = FastCheck.integer({ min: -1000, max: 1000 })

describe("outliersOf", () => {
  it("scores a value by Iglewicz and Hoaglin's formula", () => {
    // the median is 10.5 and the median of the deviations 1.
    const values = [10, 9, 11, 10, 9, 11, 12, 100]
    const [outlier, ...others] = outliersOf(values)
    assert.isDefined(outlier)
    assert.deepEqual(others, [])
    assert.strictEqual(outlier.index, 7)
    assert.strictEqual(outlier.expected, 10.5)
    assert.approximately(outlier.score, (0.6745 * 89.5) / 1, 1e-9)
  })

  it.prop(
    "finds none where all are equal, or too few to tell",
    [value, FastCheck.nat(30)],
    ([same, length]) => {
      assert.deepEqual(outliersOf(Array.from({ length }, () => same)), [])
      assert.deepEqual(outliersOf([1, 1, 1, 1, 1, 1000]), [])
    }
  )

  it("finds what stands out of a constant series, and not what moves by a few percent", () => {
    const constant = Array.from({ length: 20 }, () => 0.9)
    assert.deepEqual(outliersOf([...constant, 0.95]), [])
    assert.deepEqual(
      outliersOf([...constant, 0.2]).map(({ expected, index }) => ({ expected, index })),
      [{ expected: 0.9, index: 20 }]
    )
  })

  it("holds each value against its own level", () => {
    const low = [10, 11, 10, 9, 10, 10, 11]
    const high = [50, 51, 50, 49, 50, 80, 51]
    assert.deepEqual(
      outliersOf([...low, ...high], [7]).map(({ index }) => index),
      [12]
    )
  })

  it.prop(
    "does not see where zero is, nor the sign",
    [FastCheck.array(value, { minLength: 7, maxLength: 40 })],
    ([values]) => {
      const mirrored = outliersOf(values.map((each) => -each))
      assert.deepEqual(
        mirrored.map(({ index }) => index),
        outliersOf(values).map(({ index }) => index)
      )
    }
  )
})

describe("median", () => {
  it.prop(
    "has as many values above as below",
    [FastCheck.array(value, { minLength: 1, maxLength: 40 })],
    ([values]) => {
      const middle = median(values)
      assert.isAtMost(values.filter((each) => each < middle).length, values.length / 2)
      assert.isAtMost(values.filter((each) => each > middle).length, values.length / 2)
    }
  )
})
