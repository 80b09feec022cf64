/** What is wrong with what a caller gave, by its place. What stands there instead is not told: it may be prompt text. */
import * as ParseResult from "effect/ParseResult"
import { InvalidInput } from "../domain/PromptErrors.js"

/** `schema` is the name under which `aegis schema` prints what is expected. */
export const invalidInput =
  (schema: string) =>
  (error: ParseResult.ParseError): InvalidInput => {
    const issues = ParseResult.ArrayFormatter.formatErrorSync(error).map(({ _tag, message, path }) => ({
      unexpected: _tag === "Unexpected",
      path: `/${path.map(String).join("/")}`,
      expected: message.replace(/,? actual .*$/s, "").replace(/^Expected /, "")
    }))
    const [first] = issues
    if (first === undefined || first.unexpected) {
      return new InvalidInput({ path: first?.path ?? "/", problem: "no such field", schema })
    }
    // Where there is a choice, each of its members says what it would have taken.
    const expected = new Set(issues.filter(({ path }) => path === first.path).map((issue) => issue.expected))
    return new InvalidInput({ path: first.path, problem: `Expected ${[...expected].join(" or ")}`, schema })
  }
