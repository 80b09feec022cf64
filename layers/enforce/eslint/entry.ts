/** A rule of a pack as ESLint takes it. */
import * as Either from "effect/Either"
import { nameOf, type PackedRule } from "../../../src/enforce/PackedRule.js"
import type { EslintRule } from "../../../src/enforce/Rulepack.js"
import type { Unusable } from "../../../src/services/RuleEngines.js"
import { makeImportRule } from "./importRule.js"
import type { RuleBook, RuleModule } from "./ruleBook.js"
import { makeSelectorRule } from "./selectorRule.js"

export interface Entry {
  /** With the address of the rule's documentation, where the pack gives none. */
  readonly packed: PackedRule
  readonly module: RuleModule
  readonly options: ReadonlyArray<unknown>
  /** It needs the types of the project. */
  readonly typed: boolean
  /** The field of the pack that its module was made of. */
  readonly field: "selector" | "options" | "forbid"
}

export const toEntry = (packed: PackedRule, book: RuleBook): Either.Either<Entry, Unusable> => {
  const { rule } = packed
  const plain = { packed, options: [], typed: false }
  switch (rule.kind) {
    case "selector":
      return Either.right({ ...plain, module: makeSelectorRule(rule), field: "selector" })
    case "import":
      return Either.right({ ...plain, module: makeImportRule(rule), field: "forbid" })
    case "eslint":
      return toEslintEntry(packed, rule, book)
    default:
      return Either.left({
        rule: packed,
        field: "kind",
        problem: `"${rule.kind}" is nothing that ESLint judges by`,
        fix: 'Write "selector", "eslint" or "import".'
      })
  }
}

const toEslintEntry = (
  packed: PackedRule,
  rule: EslintRule,
  book: RuleBook
): Either.Either<Entry, Unusable> => {
  const found = book.find(rule.rule)
  if (Either.isLeft(found)) {
    const fix =
      found.left === undefined
        ? "Write a rule of ESLint, @typescript-eslint/, jsx-a11y/ or aegis/."
        : `Did you mean "${found.left}"?`
    return Either.left({ rule: packed, field: "rule", problem: `There is no rule "${rule.rule}"`, fix })
  }
  const docs: Readonly<Record<string, unknown>> = { ...found.right.meta?.docs }
  if (docs["requiresTypeChecking"] === true && !rule.typed) {
    return Either.left({
      rule: packed,
      field: "typed",
      problem: `${rule.rule} needs the types of the project`,
      fix: `Write "typed: true" in ${nameOf(packed)}.`
    })
  }
  const url = docs["url"]
  const helpUrl = rule.helpUrl ?? (typeof url === "string" && url.startsWith("https://") ? url : undefined)
  return Either.right({
    packed: helpUrl === undefined ? packed : { ...packed, rule: { ...rule, helpUrl } },
    module: found.right,
    options: rule.options,
    typed: rule.typed,
    field: "options"
  })
}
