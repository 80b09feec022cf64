/** Wildcards against the regular expression that says the same, and against what would make that one slow. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { makeWildcard } from "../../../../layers/enforce/eslint/wildcards.js"

const letters = (...all: ReadonlyArray<string>) =>
  FastCheck.array(FastCheck.constantFrom(...all), { maxLength: 8 }).map((parts) => parts.join(""))

describe("a wildcard", () => {
  it.prop(
    "matches what a regular expression with .* in its place matches",
    [letters("a", "b", "/", "*"), letters("a", "b", "/")],
    ([pattern, name]) => {
      const expression = new RegExp(`^${pattern.replaceAll("*", ".*")}$`)
      assert.strictEqual(makeWildcard(pattern)(name), expression.test(name))
    },
    { fastCheck: { numRuns: 2_000 } }
  )

  it("answers for a pattern and a name on which a regular expression would not end", () => {
    assert.isFalse(makeWildcard(`${"*a".repeat(40)}b`)("a".repeat(20_000)))
  })
})
