/** A rule of kind `selector` as a rule of ESLint. */
import type { Rule } from "eslint"
import type { SelectorRule } from "../../../src/enforce/Rulepack.js"
import type { RuleModule } from "./ruleBook.js"

export const makeSelectorRule = ({ message, selector }: SelectorRule): RuleModule => ({
  meta: { type: "problem", schema: [], messages: { found: "{{message}}" } },
  create: (context) => ({
    // as data, so that braces in a message stay what they are
    [selector]: (node: Rule.Node) => context.report({ node, messageId: "found", data: { message } })
  })
})
