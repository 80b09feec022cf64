import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { fenceAround, findFences } from "../../src/prompt/fences.js"
import { nasty } from "./support/oracle.js"

const whole = (text: string): boolean => {
  const [fence, ...others] = findFences(text, 0)
  return fence?.start === 0 && fence.end === text.length && fence.closed && others.length === 0
}

describe("findFences", () => {
  for (const [what, text] of [
    ["of backticks", "```\nx\n```"],
    ["of tildes", "~~~\nx\n~~~\n"],
    ["with an info string", "```ts title=x\nx\n```\n"],
    ["with backticks in the info string of tildes", "~~~ `a` ~~~\nx\n~~~\n"],
    ["closed by a longer run", "```\nx\n`````\n"],
    ["with a shorter run inside", "````\n```\n````\n"],
    ["with a run of the other mark inside", "```\n~~~\n```\n"],
    ["with a run inside that has text behind it", "```\n``` x\n```\n"],
    ["with a run inside that is indented by four", "```\n    ```\n```\n"],
    ["indented by three, opening and closing", "   ```\nx\n  ```\n"],
    ["with white space behind its end", "```\nx\n``` \t \n"],
    ["in CRLF lines", "```\r\nx\r\n```\r\n"],
    ["with nothing in it", "```\n```"]
  ] as const) {
    it(`sees a fence ${what}`, () => assert.isTrue(whole(text)))
  }

  for (const [what, text] of [
    ["inline code", "```x``` y\n"],
    ["two backticks", "``\nx\n``\n"],
    ["a run that is indented by four", "    ```\nx\n"],
    ["a run behind a tab", "\t```\nx\n"],
    ["a run within a line", "x ```\ny\n"]
  ] as const) {
    it(`takes ${what} for text`, () => assert.deepStrictEqual(findFences(text, 0), []))
  }

  it("lets an unclosed fence run to the end", () => {
    const text = "a\n```\nb\n``` no\n\u00a0```\n```\u00a0\n"
    assert.deepStrictEqual(findFences(text, 0), [{ start: 2, end: text.length, closed: false }])
  })

  it("does not look before its offset", () => {
    const text = "```\na\n```\nb\n"
    assert.deepStrictEqual(findFences(text, 4), [{ start: 6, end: text.length, closed: false }])
  })

  it.prop(
    "finds fences in order, apart from each other, and only the last may be unclosed",
    [nasty],
    ([text]) => {
      let last = 0
      const fences = findFences(text, 0)
      fences.forEach(({ closed, end, start }, i) => {
        assert.isAtLeast(start, last)
        assert.isAbove(end, start)
        assert.isTrue(closed || (i === fences.length - 1 && end === text.length))
        last = end
      })
    }
  )
})

describe("fenceAround", () => {
  it.prop("finds what a search one by one finds", [FastCheck.array(nasty, { maxLength: 4 })], ([texts]) => {
    const text = texts.join("\n")
    const fences = findFences(text, 0)
    for (let offset = 0; offset <= text.length; offset++) {
      assert.strictEqual(
        fenceAround(fences, offset),
        fences.find((fence) => fence.start <= offset && offset < fence.end)
      )
    }
  })
})
