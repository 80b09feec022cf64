import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { columnOf, endOfLine, lineOf, startOfIndent } from "../../src/prompt/position.js"

const text = FastCheck.array(FastCheck.constantFrom("a", " ", "\n", "\r\n", "😀", "\t"), {
  maxLength: 20
}).map((parts) => parts.join(""))

describe("places in a text", () => {
  it.prop("are counted as lines and UTF-16 columns, from 1", [text], ([source]) => {
    for (let offset = 0; offset <= source.length; offset++) {
      const before = source.slice(0, offset).split("\n")
      assert.strictEqual(lineOf(source, offset), before.length)
      assert.strictEqual(columnOf(source, offset), (before.at(-1)?.length ?? 0) + 1)
    }
  })

  it.prop("end their lines behind the line break", [text], ([source]) => {
    for (let offset = 0; offset <= source.length; offset++) {
      const end = endOfLine(source, offset)
      assert.isTrue(end === source.length || source[end - 1] === "\n")
      assert.notInclude(source.slice(offset, Math.max(offset, end - 1)), "\n")
    }
  })

  it.prop("start their lines behind up to three spaces", [text], ([source]) => {
    for (let offset = 0; offset <= source.length; offset++) {
      const start = source.lastIndexOf("\n", offset - 1) + 1
      const indent = source.slice(offset === 0 ? 0 : start, offset)
      assert.strictEqual(
        startOfIndent(source, offset),
        /^ {0,3}$/.test(indent) ? offset - indent.length : undefined
      )
    }
  })

  it("give a byte order mark no column", () => {
    assert.strictEqual(columnOf("\ufeffab\nc", 0), 1)
    assert.strictEqual(columnOf("\ufeffab\nc", 1), 1)
    assert.strictEqual(columnOf("\ufeffab\nc", 2), 2)
    assert.strictEqual(columnOf("\ufeffab\nc", 4), 1)
    assert.strictEqual(startOfIndent("\ufeff  <", 3), 1)
    assert.isUndefined(startOfIndent("a\ufeff<", 2))
  })
})
