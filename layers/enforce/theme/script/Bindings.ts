/**
 * The names of a script that stand for one value: bound once in the whole file, by `const`. A
 * shadowed name stands for none.
 */
import type { TSESTree } from "@typescript-eslint/typescript-estree"

export type Bindings = ReadonlyMap<string, TSESTree.Expression>

const isNode = (value: unknown): value is TSESTree.Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"

/** The nodes right below a node, in the order of the text. */
export const childrenOf = (node: TSESTree.Node): ReadonlyArray<TSESTree.Node> =>
  Object.entries(node)
    .flatMap(([key, child]: readonly [string, unknown]): ReadonlyArray<TSESTree.Node> => {
      if (key === "parent") return []
      return Array.isArray(child) ? child.filter(isNode) : isNode(child) ? [child] : []
    })
    .sort((one, other) => one.range[0] - other.range[0])

/** Lays nodes on a stack so that the first comes off first. There may be more than a call has room for. */
export const pushAll = <A>(stack: Array<A>, more: ReadonlyArray<A>): void => {
  for (const each of more.toReversed()) stack.push(each)
}

/** All nodes, those above first, in the order of the text. Depth costs no stack. */
export function* nodesOf(root: TSESTree.Node): Generator<TSESTree.Node> {
  const todo: Array<TSESTree.Node> = [root]
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    yield node
    pushAll(todo, childrenOf(node))
  }
}

export const bindingsOf = (root: TSESTree.Node): Bindings => {
  const times = new Map<string, number>()
  const values = new Map<string, TSESTree.Expression>()
  const bind = (pattern: TSESTree.Node | null | undefined): void => {
    for (const name of pattern ? namesIn(pattern) : []) times.set(name, (times.get(name) ?? 0) + 1)
  }
  for (const node of nodesOf(root)) {
    switch (node.type) {
      case "VariableDeclaration":
        for (const { id, init } of node.declarations) {
          bind(id)
          if (node.kind === "const" && id.type === "Identifier" && init) values.set(id.name, init)
        }
        break
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        node.params.forEach(bind)
        bind(node.id)
        break
      case "ClassDeclaration":
      case "ClassExpression":
      case "TSEnumDeclaration":
        bind(node.id)
        break
      case "CatchClause":
        bind(node.param)
        break
      case "ImportSpecifier":
      case "ImportDefaultSpecifier":
      case "ImportNamespaceSpecifier":
        bind(node.local)
        break
      default:
        break
    }
  }
  return new Map([...values].filter(([name]) => times.get(name) === 1))
}

/** The names that a pattern binds. */
const namesIn = (pattern: TSESTree.Node): ReadonlyArray<string> => {
  const names: Array<string> = []
  const todo: Array<TSESTree.Node | null> = [pattern]
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    switch (node?.type) {
      case "Identifier":
        names.push(node.name)
        break
      case "ObjectPattern":
        todo.push(...node.properties)
        break
      case "ArrayPattern":
        todo.push(...node.elements)
        break
      case "Property":
        todo.push(node.value)
        break
      case "RestElement":
        todo.push(node.argument)
        break
      case "AssignmentPattern":
        todo.push(node.left)
        break
      case "TSParameterProperty":
        todo.push(node.parameter)
        break
      default:
        break
    }
  }
  return names
}
