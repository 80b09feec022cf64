/** Lines that show trends and shares. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { bar, sparkline } from "../../src/cli/views/bars.js"

const levels = "▁▂▃▄▅▆▇█"

describe("a sparkline", () => {
  it("starts at nothing, not at the lowest value: half as much is half as high", () => {
    assert.strictEqual(sparkline([0, 1, 2, 3, 4, 5, 6, 7]), levels)
    assert.strictEqual(sparkline([50, 100]), "▅█")
    assert.strictEqual(sparkline([-1, 0, 1]), "▁▅█")
    assert.strictEqual(sparkline([0, 0]), "▁▁")
    assert.strictEqual(sparkline([]), "")
  })

  it("leaves a gap where there is no value", () => {
    assert.strictEqual(sparkline([1, undefined, 1]), "█ █")
  })

  it("has a character for each value, or fills the width where there are more", () => {
    const values = FastCheck.array(FastCheck.option(FastCheck.double({ noNaN: true, min: -1e9, max: 1e9 })))
    FastCheck.assert(
      FastCheck.property(values, FastCheck.integer({ min: 1, max: 40 }), (given, width) => {
        const line = sparkline(
          given.map((value) => value ?? undefined),
          width
        )
        assert.lengthOf([...line], Math.min(given.length, width))
        assert.match(line, /^[▁-█ ]*$/u)
      })
    )
  })
})

describe("a bar", () => {
  it("is as long as its share, to an eighth of a character", () => {
    assert.strictEqual(bar(0, 4), "")
    assert.strictEqual(bar(0.5, 4), "██")
    assert.strictEqual(bar(1, 4), "████")
    assert.strictEqual(bar(0.28125, 4), "█▏")
  })

  it("shows even the smallest share, and is never too long", () => {
    assert.strictEqual(bar(1e-9, 4), "▏")
    FastCheck.assert(
      FastCheck.property(FastCheck.double({ noNaN: true, min: 0, max: 1 }), (share) => {
        assert.isAtMost([...bar(share, 8)].length, 8)
      })
    )
  })
})
