/**
 * An Effect that nothing runs, and that only its type tells: a call of a function of one's own, a variable.
 * What floating-effect tells by the syntax is left to it.
 */
import { AST_NODE_TYPES as Ast, ESLintUtils, type TSESLint } from "@typescript-eslint/utils"
import type * as ts from "typescript"
import { dropped } from "./dropped.js"
import { effectModulesIn } from "./effectModules.js"
import { isEffect } from "./floatingEffect.js"

export const floatingEffectValue: TSESLint.RuleModule<"floating", [], { requiresTypeChecking: true }> = {
  meta: {
    type: "problem",
    docs: { description: "An Effect, by its type, that nothing runs", requiresTypeChecking: true },
    schema: [],
    messages: { floating: "This is an Effect, and it is never run. Yield it, return it, or run it." }
  },
  defaultOptions: [],
  create: (context) => {
    const services = ESLintUtils.getParserServices(context)
    const names = effectModulesIn(context.sourceCode)
    return {
      ExpressionStatement: ({ expression }) => {
        for (const node of dropped(expression)) {
          // what was yielded was run, and what is assigned is kept
          if (node.type === Ast.YieldExpression || node.type === Ast.AssignmentExpression) continue
          if (isEffect(node, names) || !isEffectType(services.getTypeAtLocation(node))) continue
          context.report({ node, messageId: "floating" })
        }
      }
    }
  }
}

/**
 * Fibers, options and their like can be yielded too, and it is no mistake to drop one: only what is called
 * Effect counts, and is one by what the library marks it with.
 */
const isEffectType = (type: ts.Type): boolean =>
  type.isUnion()
    ? type.types.some(isEffectType)
    : type.symbol?.name === "Effect" &&
      type.getProperties().some(({ name }) => name.startsWith("__@EffectTypeId"))
