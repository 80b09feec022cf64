/** Finds a rule that ESLint cannot use, before any file is judged. */
import { firstLine, isBadSelector, textOf } from "./thrown.js"
import type { Entry } from "./entry.js"
import type { Lint } from "./linting.js"
import type { Unusable } from "../../../src/services/RuleEngines.js"

/** The first of the rules that cannot be used. */
export const findUnusable = (entries: ReadonlyArray<Entry>, lint: Lint): Unusable | undefined => {
  // all at once, as they nearly always can be used; one by one where that fails
  if (problemOf(entries, lint) === undefined) return undefined
  for (const entry of entries) {
    const thrown = problemOf([entry], lint)
    if (thrown !== undefined) return explain(entry, thrown)
  }
  return undefined
}

/** Of a text without anything in it: options are checked, selectors parsed, listeners made. */
const problemOf = (entries: ReadonlyArray<Entry>, lint: Lint): { readonly error: unknown } | undefined => {
  const empty = { text: "", path: "file.ts" }
  try {
    lint(entries, { ...empty, optionsOnly: true })
    // a typed rule cannot be made without a project
    lint(
      entries.filter(({ typed }) => !typed),
      empty
    )
    return undefined
  } catch (error) {
    return { error }
  }
}

const explain = ({ field, packed }: Entry, { error }: { readonly error: unknown }): Unusable => {
  if (isBadSelector(error)) {
    return {
      rule: packed,
      field,
      problem: firstLine(error),
      fix: "See https://eslint.org/docs/latest/extend/selectors."
    }
  }
  const help = packed.rule.helpUrl
  // ESLint says first for which key of its own configuration the rest holds
  const problem = textOf(error)
    .replace(/^Key "rules": Key "[^"]*":\s*/, "")
    .replace(/\nOccurred while linting [\s\S]*$/, "")
    .replace(/\s+/g, " ")
    .replace(/[. ]+$/, "")
  return {
    rule: packed,
    field,
    problem,
    fix: help === undefined ? "See the documentation of the rule." : `See ${help}.`
  }
}
