/** A rule of kind `import` as a rule of ESLint: every way in which a file can name a module. */
import type { Rule } from "eslint"
import type { ImportRule } from "../../../src/enforce/Rulepack.js"
import type { RuleModule } from "./ruleBook.js"
import { makeWildcard } from "./wildcards.js"

const places = [
  "ImportDeclaration > .source",
  "ExportNamedDeclaration > .source",
  "ExportAllDeclaration > .source",
  "ImportExpression > .source",
  "TSImportType > .source",
  "TSExternalModuleReference > .expression",
  "CallExpression[callee.name='require'] > .arguments:first-child",
  "CallExpression[callee.object.name='require'][callee.property.name='resolve'] > .arguments:first-child"
].join(",")

export const makeImportRule = ({ allow, forbid }: ImportRule): RuleModule => {
  const forbidden = forbid.map(makeWildcard)
  const allowed = (allow ?? []).map(makeWildcard)
  return {
    meta: { type: "problem", schema: [], messages: { found: 'Do not import "{{name}}" here.' } },
    create: (context) => ({
      [places]: (node: Rule.Node) => {
        const name = nameIn(node)
        if (name === undefined || allowed.some((matches) => matches(name))) return
        if (forbidden.some((matches) => matches(name))) {
          context.report({ node, messageId: "found", data: { name } })
        }
      }
    })
  }
}

/** The name that a string, or a template without expressions, gives. */
const nameIn = (node: Rule.Node): string | undefined => {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined
  if (node.type === "TemplateLiteral" && node.expressions.length === 0) {
    return node.quasis[0]?.value.cooked ?? undefined
  }
  return undefined
}
