import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { commonSubsequence, increasingSubsequence } from "../../../src/replay/diff/match/sequences.js"

const numbers = FastCheck.array(FastCheck.nat({ max: 6 }), { maxLength: 12 })

/** The length of a longest common subsequence, by its definition. */
const longest = (left: ReadonlyArray<number>, right: ReadonlyArray<number>): number => {
  const [one, ...lefts] = left
  const [other, ...rights] = right
  if (one === undefined || other === undefined) return 0
  return one === other ? 1 + longest(lefts, rights) : Math.max(longest(lefts, right), longest(left, rights))
}

/** The length of a longest increasing subsequence, by its definition. */
const increasing = (values: ReadonlyArray<number>, least = -1): number => {
  const [first, ...rest] = values
  if (first === undefined) return 0
  const without = increasing(rest, least)
  return first > least ? Math.max(without, 1 + increasing(rest, first)) : without
}

const isRising = (values: ReadonlyArray<number>): boolean =>
  values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0))

describe("a longest common subsequence", () => {
  it("is common, in order, and none is longer", () => {
    FastCheck.assert(
      FastCheck.property(numbers, numbers, (left, right) => {
        const pairs = commonSubsequence(Int32Array.from(left), Int32Array.from(right))
        assert.isTrue(pairs.every(([one, other]) => left[one] === right[other]))
        assert.isTrue(isRising(pairs.map(([one]) => one)) && isRising(pairs.map(([, other]) => other)))
        assert.strictEqual(pairs.length, longest(left, right))
      })
    )
  })

  it("of lists too long for a table aligns what is there once", () => {
    const left = Int32Array.from({ length: 5000 }, (_, index) => index)
    const right = Int32Array.from({ length: 5000 }, (_, index) =>
      index % 2 === 0 ? index : index + 10_000
    ).reverse()
    assert.strictEqual(commonSubsequence(left, right.reverse()).length, 2500)
    assert.strictEqual(commonSubsequence(left, left.toReversed()).length, 1)
  })
})

describe("a longest increasing subsequence", () => {
  it("rises, and none is longer", () => {
    FastCheck.assert(
      FastCheck.property(numbers, (values) => {
        const kept = increasingSubsequence(Int32Array.from(values))
        const chosen = values.filter((_, index) => kept[index] === 1)
        assert.isTrue(isRising(chosen))
        assert.strictEqual(chosen.length, increasing(values))
      })
    )
  })
})
