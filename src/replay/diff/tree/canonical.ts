/**
 * The canonical tree of a source: what a program means to whoever runs it or checks its types, and nothing of how it is laid out.
 * Positions, quotes, parentheses, separators, comments and redundant braces of JSX are gone; what parsers and formatters write in
 * several ways is written in one. Depth costs no stack.
 */
import type { Props, Scalar } from "./Forest.js"
import type { ForestBuilder } from "./ForestBuilder.js"
import { attributeValue, cookedOf, renderedChildren } from "./jsx.js"
import { endOf, type EsNode, isNode, type Parsed, startOf } from "./Parsed.js"
import { hasKey, plainKey, rotated, withoutEmpty } from "./same.js"

/** Properties that are no part of what a node is. */
const ignored = new Set([
  "type",
  "start",
  "end",
  "range",
  "loc",
  "parent",
  "raw",
  "comments",
  "tokens",
  "tail"
])

/** Children that only repeat others. */
const redundant: Readonly<Record<string, ReadonlySet<string> | undefined>> = {
  JSXElement: new Set(["closingElement"]),
  JSXFragment: new Set(["openingFragment", "closingFragment"]),
  JSXOpeningElement: new Set(["selfClosing"]),
  Program: new Set(["sourceType", "hashbang"])
}
const none: ReadonlySet<string> = new Set()

/** The place of an element that an array leaves out. */
const hole: EsNode = { type: "Hole" }

const wrappers: Readonly<Record<string, string | undefined>> = {
  ParenthesizedExpression: "expression",
  TSParenthesizedType: "typeAnnotation"
}

/** How nodes of one type are read. */
interface Shape {
  /** The properties that hold children, in order. */
  readonly keys: ReadonlyArray<string>
  /** These, and what is no part of the node. */
  readonly passed: ReadonlySet<string>
  /** Whether there are several ways to write it. */
  readonly isVaried: boolean
}

const noProps: Array<readonly [string, Scalar]> = []

/** Writes the tree of a source into a builder and gives its root. */
export const addTree = (builder: ForestBuilder, parsed: Parsed): number => {
  const { text, visitorKeys } = parsed
  const shapes = new Map<string, Shape>()
  // what is still to be written, the next one last
  const nodes: Array<EsNode> = []
  const slots: Array<string> = []
  const parents: Array<number> = []
  // where the texts of templates count as they are written
  const tags: Array<boolean> = []

  const push = (node: EsNode, slot: string, parent: number, tagged: boolean): void => {
    nodes.push(node)
    slots.push(slot)
    parents.push(parent)
    tags.push(tagged)
  }

  const shapeOf = (type: string): Shape => {
    const known = shapes.get(type)
    if (known !== undefined) return known
    const skipped = redundant[type] ?? none
    const keys = (visitorKeys[type] ?? []).filter((key) => !skipped.has(key))
    const shape = { keys, passed: new Set([...ignored, ...skipped, ...keys]), isVaried: isVaried(type) }
    shapes.set(type, shape)
    return shape
  }

  const pushChildren = (node: EsNode, key: string, parent: number, tagged: boolean): void => {
    const value = node[key]
    if (Array.isArray(value)) {
      if (value.length === 0) return
      builder.list(node.type, key)
      const children = meantChildren(node, key, value, text)
      for (let index = children.length - 1; index >= 0; index--) {
        const child = children[index]
        if (isNode(child)) push(child, key, parent, tagged && key === "quasis")
        else if (child === null) push(hole, key, parent, false)
      }
    } else if (isNode(value)) {
      push(value, key, parent, node.type === "TaggedTemplateExpression" && key === "quasi")
    }
  }

  const add = (given: EsNode, slot: string, parent: number, tagged: boolean): number => {
    let node = given
    let shape = shapeOf(node.type)
    if (shape.isVaried) {
      node = meant(given, text)
      shape = shapeOf(node.type)
    }
    let props = noProps
    let others: Array<string> | undefined
    for (const key in node) {
      if (shape.passed.has(key)) continue
      const value = node[key]
      if (value === null || value === undefined || value === false) continue
      if (typeof value === "string" || typeof value === "number" || value === true) {
        if (props === noProps) props = [[key, value]]
        else props.push([key, value])
      } else if (isNode(value) || Array.isArray(value)) (others ??= []).push(key)
    }
    const own = builder.add({
      type: node.type,
      slot,
      props: shape.isVaried
        ? settled(node, props, text, tagged)
        : props.length < 2
          ? props
          : props.sort(byName),
      parent,
      start: startOf(node),
      end: endOf(node)
    })
    if (others !== undefined) {
      for (const key of others.sort().reverse()) pushChildren(node, key, own, tagged)
    }
    for (let index = shape.keys.length - 1; index >= 0; index--) {
      pushChildren(node, shape.keys[index] ?? "", own, tagged)
    }
    return own
  }

  const root = add(parsed.program, "", -1, false)
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    add(node, slots.pop() ?? "", parents.pop() ?? -1, tags.pop() ?? false)
  }
  return root
}

/** Types that `meant` or `settled` have something to say of. */
const isVaried = (type: string): boolean =>
  wrappers[type] !== undefined || hasKey(type) || settledTypes.has(type)

const settledTypes = new Set([
  "ImportDeclaration",
  "JSXAttribute",
  "Literal",
  "LogicalExpression",
  "TemplateElement",
  "TSModuleDeclaration"
])

/** The children in a list, for what formatters add to it or take from it. */
const meantChildren = (
  node: EsNode,
  key: string,
  children: ReadonlyArray<unknown>,
  text: string
): ReadonlyArray<unknown> =>
  key === "children" && (node.type === "JSXElement" || node.type === "JSXFragment")
    ? renderedChildren(children.filter(isNode), text)
    : withoutEmpty(node, key, children)

/** The node that stands for a node, for what can be written in several ways. */
const meant = (given: EsNode, text: string): EsNode => {
  let node = given
  for (let inner = wrappers[node.type]; inner !== undefined; inner = wrappers[node.type]) {
    const next = node[inner]
    if (!isNode(next)) return node
    node = next
  }
  if (node.type === "LogicalExpression") return rotated(node)
  if (node.type === "JSXAttribute") {
    const { value } = node
    return isNode(value) ? { ...node, value: attributeValue(value, text) } : node
  }
  return plainKey(node)
}

const byName = (one: readonly [string, Scalar], other: readonly [string, Scalar]): number =>
  one[0] < other[0] ? -1 : one[0] > other[0] ? 1 : 0

/** The properties of a node in order, those of literals by what they say. */
const settled = (
  node: EsNode,
  props: Array<readonly [string, Scalar]>,
  text: string,
  tagged: boolean
): Props => {
  switch (node.type) {
    case "Literal":
      return literal(node)
    case "TemplateElement":
      return template(node, tagged)
    case "ImportDeclaration": {
      const { source, specifiers } = node
      // `import {} from "a"` may be dropped by a compiler, `import "a"` never is
      const isBraced =
        Array.isArray(specifiers) &&
        specifiers.length === 0 &&
        isNode(source) &&
        text
          .slice(startOf(node), startOf(source))
          .replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "")
          .includes("{")
      if (isBraced) props.push(["braces", true])
      break
    }
    case "Property": {
      // { a } is { a: a }, save for the one name that sets a prototype when it is written out
      const { key } = node
      const keeps = isNode(key) && key["name"] === "__proto__"
      return (keeps ? props : props.filter(([name]) => name !== "shorthand")).sort(byName)
    }
    case "TSModuleDeclaration": {
      const { id } = node
      if (isNode(id) && id.type === "Identifier") {
        return props
          .map(([name, value]) => [name, value === "module" ? "namespace" : value] as const)
          .sort(byName)
      }
      break
    }
    default:
      break
  }
  return props.length < 2 ? props : props.sort(byName)
}

const literal = (node: EsNode): Props => {
  const { bigint, regex, value } = node
  if (typeof regex === "object" && regex !== null && "pattern" in regex && "flags" in regex) {
    return [
      ["flags", [...String(regex.flags)].sort().join("")],
      ["pattern", String(regex.pattern)]
    ]
  }
  if (typeof bigint === "string") return [["bigint", BigInt(bigint).toString()]]
  if (typeof value === "number") {
    return Number.isFinite(value) ? [["value", value]] : [["number", String(value)]]
  }
  return [["value", typeof value === "string" || typeof value === "boolean" ? value : null]]
}

const template = (node: EsNode, tagged: boolean): Props => {
  const cooked = cookedOf(node) ?? null
  if (!tagged && cooked !== null) return [["cooked", cooked]]
  const { value } = node
  const raw = typeof value === "object" && value !== null && "raw" in value ? String(value.raw) : ""
  return [
    ["cooked", cooked],
    ["raw", raw.replaceAll(/\r\n?/g, "\n")]
  ]
}
