/** Questions to a syntax tree that rules of ours share. */
import { AST_NODE_TYPES as Ast, type TSESLint, type TSESTree } from "@typescript-eslint/utils"

export type SourceCode = Readonly<TSESLint.SourceCode>

export const isFunction = (
  node: TSESTree.Node
): node is TSESTree.ArrowFunctionExpression | TSESTree.FunctionDeclaration | TSESTree.FunctionExpression =>
  node.type === Ast.ArrowFunctionExpression ||
  node.type === Ast.FunctionDeclaration ||
  node.type === Ast.FunctionExpression

const isNode = (value: unknown): value is TSESTree.Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"

const childrenOf = (node: TSESTree.Node, { visitorKeys }: SourceCode): ReadonlyArray<TSESTree.Node> =>
  (visitorKeys[node.type] ?? []).flatMap((key) => {
    const child: unknown = Reflect.get(node, key)
    return (Array.isArray(child) ? child : [child]).filter(isNode)
  })

/** Whether it holds of a node, or of one below it, without looking into functions and classes there. */
export const someWithin = (
  root: TSESTree.Node,
  sourceCode: SourceCode,
  holds: (node: TSESTree.Node) => boolean
): boolean => {
  const open = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (holds(node)) return true
    if (node !== root && (isFunction(node) || node.type === Ast.ClassBody)) continue
    open.push(...childrenOf(node, sourceCode))
  }
  return false
}

/** Without what says something to the reader or the type checker only. */
export const unwrap = (node: TSESTree.Node): TSESTree.Node => {
  let inner = node
  for (;;) {
    switch (inner.type) {
      case Ast.ChainExpression:
      case Ast.TSAsExpression:
      case Ast.TSNonNullExpression:
      case Ast.TSSatisfiesExpression:
      case Ast.TSTypeAssertion:
        inner = inner.expression
        break
      default:
        return inner
    }
  }
}

/** `object.name`, with a name that is written out. */
export const memberOf = (
  node: TSESTree.Node
): { readonly object: TSESTree.Node; readonly name: string } | undefined => {
  const inner = unwrap(node)
  if (inner.type !== Ast.MemberExpression) return undefined
  const { computed, object, property } = inner
  if (!computed && property.type === Ast.Identifier) return { object: unwrap(object), name: property.name }
  if (computed && property.type === Ast.Literal && typeof property.value === "string") {
    return { object: unwrap(object), name: property.value }
  }
  return undefined
}

/** `undefined`, or `void` of anything. */
export const isUndefined = (node: TSESTree.Node): boolean => {
  const inner = unwrap(node)
  return (
    (inner.type === Ast.Identifier && inner.name === "undefined") ||
    (inner.type === Ast.UnaryExpression && inner.operator === "void")
  )
}
