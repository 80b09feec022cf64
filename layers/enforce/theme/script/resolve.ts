/**
 * What an expression may be, as far as its own file tells: each possible value as text that knows
 * where it stands.
 */
import type { TSESTree } from "@typescript-eslint/typescript-estree"
import * as Mapped from "../Mapped.js"
import type { Bindings } from "./Bindings.js"

export interface Value {
  readonly text: Mapped.Mapped
  readonly isNumber: boolean
}

export interface Resolver {
  /** Each value that it may have; empty where nothing is known. */
  readonly valuesOf: (node: TSESTree.Node) => ReadonlyArray<Value>
  /**
   * The texts of a template: expressions that are not known become a name of the same length. Where
   * expressions have several
   * values, there are as many texts as the one with the most has.
   */
  readonly textsOf: (template: TSESTree.TemplateLiteral) => ReadonlyArray<Mapped.Mapped>
  /** What an expression stands for, without the words that only the compiler reads. */
  readonly plain: (node: TSESTree.Node) => TSESTree.Node
}

/** Deeper, or with more choices, nobody hides a value. It bounds the work. */
const maxDepth = 12
const maxChoices = 12

export const makeResolver = (source: string, bindings: Bindings): Resolver => {
  const known = new Map<TSESTree.Node, ReadonlyArray<Value>>()

  const plain = (start: TSESTree.Node): TSESTree.Node => {
    let node = start
    for (let step = 0; step < maxDepth; step += 1) {
      const next = stripped(node) ?? bound(node) ?? member(node)
      if (next === undefined) return node
      node = next
    }
    return node
  }
  const bound = (node: TSESTree.Node): TSESTree.Node | undefined =>
    node.type === "Identifier" ? bindings.get(node.name) : undefined

  /** `colors.danger`, where `colors` is an object of the same file. */
  const member = (node: TSESTree.Node): TSESTree.Node | undefined => {
    if (node.type !== "MemberExpression") return undefined
    const key = keyOf(node.property, node.computed)
    const names: Array<string | undefined> = [key]
    let object: TSESTree.Node = node.object
    for (; object.type === "MemberExpression"; object = object.object) {
      names.push(keyOf(object.property, object.computed))
    }
    let at = bound(object)
    for (const name of names.reverse()) {
      for (let next = at && stripped(at); next !== undefined; next = stripped(next)) at = next
      if (name === undefined || at?.type !== "ObjectExpression") return undefined
      const property = at.properties.findLast(
        (each) => each.type === "Property" && keyOf(each.key, each.computed) === name
      )
      at = property?.type === "Property" ? (property.value as TSESTree.Expression) : undefined
    }
    return at
  }

  const valuesAt = (node: TSESTree.Node, depth: number): ReadonlyArray<Value> => {
    if (depth > maxDepth) return []
    const found = known.get(node)
    if (found !== undefined) return found
    // a constant that is made of itself has no value
    known.set(node, [])
    const values = distinct(compute(plain(node), depth + 1)).slice(0, maxChoices)
    known.set(node, values)
    return values
  }

  const compute = (node: TSESTree.Node, depth: number): ReadonlyArray<Value> => {
    switch (node.type) {
      case "Literal":
        return literal(source, node)
      case "TemplateLiteral":
        return texts(node, depth).map((text) => ({ text, isNumber: false }))
      case "ConditionalExpression":
        return [...valuesAt(node.consequent, depth), ...valuesAt(node.alternate, depth)]
      case "LogicalExpression":
        return [...(node.operator === "&&" ? [] : valuesAt(node.left, depth)), ...valuesAt(node.right, depth)]
      case "UnaryExpression":
        return node.operator === "-"
          ? valuesAt(node.argument, depth).flatMap(({ isNumber, text }) =>
              isNumber ? [{ text: Mapped.mapped(`-${text.text}`, ...node.range), isNumber }] : []
            )
          : []
      case "BinaryExpression":
        return node.operator === "+" ? sum(valuesAt(node.left, depth), valuesAt(node.right, depth)) : []
      case "ArrowFunctionExpression":
        return node.body.type === "BlockStatement" ? [] : valuesAt(node.body, depth)
      default:
        return []
    }
  }

  const texts = (template: TSESTree.TemplateLiteral, depth: number): ReadonlyArray<Mapped.Mapped> => {
    const choices = template.expressions.map((each) => valuesAt(each, depth))
    const count = choices.reduce((most, { length }) => Math.max(most, length), 1)
    return Array.from({ length: count }, (_, index) => {
      const parts = template.quasis.flatMap((quasi, at): ReadonlyArray<Mapped.Mapped> => {
        // the range of a part holds its delimiters: ` or } before, ` or ${ after
        const start = quasi.range[0] + 1
        const end = quasi.range[1] - (quasi.tail ? 1 : 2)
        const text = Mapped.slice(source, start, end)
        if (quasi.tail) return [text]
        const values = choices[at] ?? []
        const next = template.quasis[at + 1]?.range[0] ?? end
        const expression = values[index % Math.max(1, values.length)]?.text
        return [text, expression ?? Mapped.mapped("_".repeat(next + 1 - end), end, next + 1)]
      })
      return Mapped.concat(parts) ?? Mapped.synthetic("")
    })
  }

  return {
    valuesOf: (node) => valuesAt(node, 0),
    textsOf: (template) => texts(template, 0),
    plain
  }
}

/** The name of a property, where it is written down. */
export const keyOf = (key: TSESTree.Node, isComputed: boolean): string | undefined =>
  key.type === "Identifier" && !isComputed ? key.name : key.type === "Literal" ? String(key.value) : undefined

const stripped = (node: TSESTree.Node): TSESTree.Node | undefined => {
  switch (node.type) {
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
    case "TSTypeAssertion":
    case "ChainExpression":
    case "JSXExpressionContainer":
      return node.expression
    default:
      return undefined
  }
}

const literal = (source: string, node: TSESTree.Literal): ReadonlyArray<Value> => {
  const [start, end] = node.range
  if (typeof node.value === "number") {
    return [{ text: Mapped.mapped(String(node.value), start, end), isNumber: true }]
  }
  if (typeof node.value !== "string") return []
  // with an escape in it, no part of the value has a place of its own
  return [{ text: Mapped.mapped(node.value, start + 1, end - 1), isNumber: false }]
}

const sum = (left: ReadonlyArray<Value>, right: ReadonlyArray<Value>): ReadonlyArray<Value> => {
  const count = left.length === 0 || right.length === 0 ? 0 : Math.max(left.length, right.length)
  return Array.from({ length: count }, (_, index) => {
    const parts = [left[index % left.length], right[index % right.length]]
    return parts.some((each) => each === undefined || each.isNumber)
      ? undefined
      : Mapped.concat(parts.flatMap((each) => (each === undefined ? [] : [each.text])))
  }).flatMap((text) => (text === undefined ? [] : [{ text, isNumber: false }]))
}

const distinct = (values: ReadonlyArray<Value>): ReadonlyArray<Value> => {
  const seen = new Set<string>()
  return values.filter(({ text }) => {
    const range = Mapped.rangeOf(text)
    const key = `${range?.start ?? ""}:${text.text}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
