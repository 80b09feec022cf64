/** Values in JSON files, by their pointers. */
import * as Either from "effect/Either"
import { isDeepStrictEqual } from "node:util"
import type { PackedRule } from "../../src/enforce/PackedRule.js"
import type { JsonPathRule } from "../../src/enforce/Rulepack.js"
import { keysOf, parseJson, valueAt } from "./jsonText.js"
import type { Pattern } from "./patterns.js"
import { type Found, foundIn, readProjectFile } from "./projectFiles.js"

/** What is wrong with a value; the value itself is not told, it may be a secret. */
const problemOf = (
  { equals, exists, pointer }: JsonPathRule,
  value: { readonly value: unknown } | undefined,
  pattern: Pattern | undefined
): string | undefined => {
  const name = pointer === "" ? "The file" : `"${pointer}"`
  if (exists === false) return value === undefined ? undefined : `${name} is there`
  if (value === undefined) return `${name} is missing`
  if (equals !== undefined && !isDeepStrictEqual(value.value, equals)) {
    return `${name} is not ${JSON.stringify(equals)}`
  }
  if (pattern === undefined) return undefined
  if (typeof value.value !== "string") return `${name} is no text`
  return pattern.find(value.value, 0).next().done === true
    ? `${name} does not match ${pattern.source}`
    : undefined
}

export const judgeJsonPath = (
  root: string,
  rule: PackedRule,
  file: JsonPathRule,
  pattern: Pattern | undefined
): ReadonlyArray<Found> => {
  const read = readProjectFile(root, file.file)
  if (Either.isLeft(read)) {
    const { missing, problem } = read.left
    const isAsked = missing && file.exists === false
    return isAsked ? [] : [foundIn(rule, { path: file.file, text: "" }, problem)]
  }
  const { source } = read.right
  const json = parseJson(source.text)
  if (Either.isLeft(json)) return [foundIn(rule, source, `${file.file} is no JSON`, json.left)]
  const { rangeOf, value } = json.right
  const keys = keysOf(file.pointer) ?? []
  const problem = problemOf(file, valueAt(value, keys), pattern)
  return problem === undefined ? [] : [foundIn(rule, source, problem, rangeOf(keys))]
}
