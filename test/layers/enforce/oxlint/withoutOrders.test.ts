/** Words that oxlint could take for orders are written over where they stand in comments, and nothing else is. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { parseSync } from "oxc-parser"
import { hasWords, withoutOrders } from "../../../../layers/enforce/oxlint/withoutOrders.js"

const pieces = FastCheck.constantFrom(
  ..."// eslint-disable|/* oxlint-disable */|/* eslint|*/|'eslint'|`${|}`|\n|\r\n|\u2028|const a = 1;|/[/*]/|oxlint|ä😀|//|/*".split(
    "|"
  )
)
const text = FastCheck.array(pieces, { maxLength: 12 }).map((all) => all.join(" "))

/** What of a text is no comment. */
const codeOf = (text: string): string => {
  let code = ""
  let from = 0
  for (const { end, start } of parseSync("text.ts", text).comments) {
    code += text.slice(from, start)
    from = end
  }
  return code + text.slice(from)
}

describe("a text without orders", () => {
  it.prop("keeps its code and its length in every unit, and has no such word", [text], ([text]) => {
    const without = withoutOrders(parseSync, text, ".ts")
    if (without === undefined) return
    assert.isFalse(hasWords(without))
    assert.strictEqual(without.length, text.length)
    assert.strictEqual(Buffer.byteLength(without), Buffer.byteLength(text))
    assert.strictEqual(codeOf(without), codeOf(text))
  })

  it.prop("is itself where there was none", [text], ([text]) => {
    if (!hasWords(text)) assert.strictEqual(withoutOrders(parseSync, text, ".ts"), text)
  })

  it.effect.each([
    ["/* eslint-disable */ let a // OXLINT", "/* xxlint-disable */ let a // xxLINT"],
    ["/* esoxlint */", "/* esxxlint */"],
    ["/* a */ `${/* eslint */ 1}`", "/* a */ `${/* xxlint */ 1}`"]
  ] as const)("has the words of comments written over: %s", ([given, expected]) =>
    Effect.sync(() => assert.strictEqual(withoutOrders(parseSync, given, ".ts"), expected))
  )

  it.effect.each(["const eslint = 1", "'// eslint'", "/* eslint */ const = 1", "/* eslint */ 'oxlint'"])(
    "is none where a word may stand in code: %s",
    (given) => Effect.sync(() => assert.isUndefined(withoutOrders(parseSync, given, ".ts")))
  )
})
