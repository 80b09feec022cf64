/** What formatters write in another way, and what means the same. */
import { endOf, type EsNode, isNode, startOf } from "./Parsed.js"

/** Lists of statements, in which an empty one does nothing. */
const statements: Readonly<Record<string, string | undefined>> = {
  Program: "body",
  BlockStatement: "body",
  StaticBlock: "body",
  TSModuleBlock: "body",
  SwitchCase: "consequent"
}

const isEmpty = (child: unknown): boolean => isNode(child) && child.type === "EmptyStatement"

export const withoutEmpty = (
  node: EsNode,
  key: string,
  children: ReadonlyArray<unknown>
): ReadonlyArray<unknown> =>
  statements[node.type] === key && children.some(isEmpty)
    ? children.filter((child) => !isEmpty(child))
    : children

const isSameOperation = (node: unknown, operator: unknown): node is EsNode =>
  isNode(node) && node.type === "LogicalExpression" && node["operator"] === operator

/** `a && (b && c)` as `(a && b) && c`: they are the same, and formatters write the latter. */
export const rotated = (given: EsNode): EsNode => {
  let node = given
  for (;;) {
    const { left, operator, right } = node
    if (!isSameOperation(right, operator) || !isNode(left)) return node
    const middle = right["left"]
    const last = right["right"]
    if (!isNode(middle) || !isNode(last)) return node
    const first: EsNode = {
      type: "LogicalExpression",
      operator,
      left,
      right: middle,
      start: startOf(left),
      end: endOf(middle)
    }
    node = {
      type: "LogicalExpression",
      operator,
      left: first,
      right: last,
      start: startOf(node),
      end: endOf(node)
    }
  }
}

/** By type: the child that names a member. */
const keys: Readonly<Record<string, string | undefined>> = {
  Property: "key",
  MethodDefinition: "key",
  PropertyDefinition: "key",
  AccessorProperty: "key",
  TSAbstractMethodDefinition: "key",
  TSAbstractPropertyDefinition: "key",
  TSAbstractAccessorProperty: "key",
  TSPropertySignature: "key",
  TSMethodSignature: "key",
  TSEnumMember: "id",
  ImportAttribute: "key"
}

/** Whether nodes of a type have such a child. */
export const hasKey = (type: string): boolean => keys[type] !== undefined

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200C\u200D]*$/u

/** `{ "a": 1 }` as `{ a: 1 }`. */
export const plainKey = (node: EsNode): EsNode => {
  const place = keys[node.type]
  if (place === undefined || node["computed"] === true) return node
  const key = node[place]
  if (!isNode(key) || key.type !== "Literal") return node
  const { value } = key
  return typeof value === "string" && identifier.test(value)
    ? { ...node, [place]: { type: "Identifier", name: value, start: startOf(key), end: endOf(key) } }
    : node
}
