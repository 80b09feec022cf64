/** An Effect that is described and dropped: nothing runs it. Told by the syntax, without types. */
import { AST_NODE_TYPES as Ast, type TSESLint, type TSESTree } from "@typescript-eslint/utils"
import { dropped } from "./dropped.js"
import { effectFunction, effectModulesIn } from "./effectModules.js"
import { memberOf, unwrap } from "./syntax.js"

type Names = ReadonlyMap<string, string>

export const floatingEffect: TSESLint.RuleModule<"floating"> = {
  meta: {
    type: "problem",
    docs: { description: "An Effect that nothing runs" },
    schema: [],
    messages: { floating: "This Effect is never run. Yield it, return it, or run it." }
  },
  defaultOptions: [],
  create: (context) => {
    const names = effectModulesIn(context.sourceCode)
    return {
      ExpressionStatement: ({ expression }) => {
        for (const node of dropped(expression)) {
          if (isEffect(node, names)) context.report({ node, messageId: "floating" })
        }
      }
    }
  }
}

/**
 * A call that gives an Effect: of a function of a module, or of `pipe` over one, where the pipe runs
 * nothing.
 */
export const isEffect = (node: TSESTree.Node, names: Names): boolean => {
  if (node.type !== Ast.CallExpression) return false
  const { arguments: given, callee } = node
  const called = effectFunction(callee, names)
  if (called !== undefined) return describes(called)
  const last = given.at(-1)
  if (last !== undefined && !isDescription(last, names)) return false
  const member = memberOf(callee)
  if (member?.name === "pipe") return isEffect(member.object, names)
  const [first] = given
  return callee.type === Ast.Identifier && callee.name === "pipe" && first !== undefined
    ? isEffect(unwrap(first), names)
    : false
}

/** Whether a step of a pipe leaves an Effect an Effect, as far as one sees. */
const isDescription = (step: TSESTree.Node, names: Names): boolean => {
  const inner = unwrap(step)
  const called = effectFunction(inner.type === Ast.CallExpression ? inner.callee : inner, names)
  return called !== undefined && describes(called)
}

const describes = ({ module, name }: { readonly module: string; readonly name: string }): boolean =>
  !(name.startsWith("unsafe") || (module === "Effect" && /^run(Promise|Sync|Fork|Callback)/.test(name)))
