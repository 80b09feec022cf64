/** Fixes change what they say, and nothing else. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { applyFixes } from "../../src/enforce/fixes.js"

describe("fixes", () => {
  it("are applied together as if each were alone, where they do not touch", () => {
    const pieces = FastCheck.array(
      FastCheck.tuple(FastCheck.string({ minLength: 1 }), FastCheck.string(), FastCheck.string())
    )
    FastCheck.assert(
      FastCheck.property(pieces, FastCheck.boolean(), (all, backwards) => {
        let before = ""
        let after = ""
        const fixes = all.map(([kept, gone, text]) => {
          before += kept
          after += kept + text
          const start = before.length
          before += gone
          return { start, end: before.length, text }
        })
        assert.deepStrictEqual(applyFixes(before, backwards ? fixes.reverse() : fixes), {
          text: after,
          applied: all.length
        })
      })
    )
  })

  it("that overlap are left for another round but for the first", () => {
    const fixes = [
      { start: 2, end: 4, text: "Y" },
      { start: 0, end: 3, text: "X" },
      { start: 0, end: 1, text: "Z" }
    ]
    assert.deepStrictEqual(applyFixes("abcd", fixes), { text: "Xd", applied: 1 })
  })

  it("that do not lie in the text are left out", () => {
    const fixes = [
      { start: 3, end: 9, text: "x" },
      { start: 2, end: 1, text: "x" }
    ]
    assert.deepStrictEqual(applyFixes("abc", fixes), { text: "abc", applied: 0 })
  })
})
