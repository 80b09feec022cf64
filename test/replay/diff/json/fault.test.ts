import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { faultIn } from "../../../../src/replay/diff/json/fault.js"

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe("where a text stops being JSON", () => {
  it("is at the first token that cannot stand there", () => {
    const faults = [
      '{"a": b}',
      "[1,]",
      "{,}",
      '{"a" 1}',
      "[1}",
      "1 2",
      '["\n"]',
      "[01]",
      '{"a":1,}',
      "",
      "[",
      "tru"
    ]
    assert.deepStrictEqual(faults.map(faultIn), [6, 3, 1, 5, 2, 2, 1, 1, 7, 0, 1, 0])
  })

  it("is in no JSON, and in no beginning of one before its end", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.json(), FastCheck.nat(), (text, cut) => {
        assert.strictEqual(faultIn(text), text.length)
        const broken = text.slice(0, cut % (text.length + 1))
        if (isJson(broken)) return
        // what is left may be read again up to the token that is cut
        assert.isAtMost(faultIn(broken), broken.length)
      })
    )
  })
})
