/** What a statement drops: the values that its expression comes to. */
import { AST_NODE_TYPES as Ast, type TSESTree } from "@typescript-eslint/utils"
import { unwrap } from "./syntax.js"

/**
 * What an expression comes to: its value is that of one of these. `void` and `await` run no Effect either.
 */
export const dropped = (expression: TSESTree.Node): ReadonlyArray<TSESTree.Node> => {
  const node = unwrap(expression)
  switch (node.type) {
    case Ast.UnaryExpression:
      return node.operator === "void" ? dropped(node.argument) : []
    case Ast.AwaitExpression:
      return dropped(node.argument)
    case Ast.LogicalExpression:
      return dropped(node.right)
    case Ast.ConditionalExpression:
      return [...dropped(node.consequent), ...dropped(node.alternate)]
    case Ast.SequenceExpression:
      return node.expressions.flatMap(dropped)
    default:
      return [node]
  }
}
