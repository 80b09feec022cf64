/**
 * The raw parts of a value, typed by CSS's grammar as css-tree knows it: `red` is a colour in a border and
 * none as the name of an
 * animation. What the grammar cannot judge (`var()`, a part that is not known) is judged by its form.
 */
import { type CssNode, type FunctionNode, type LexerMatchResult, lexer, parse, type Raw } from "css-tree"
import { isColorFunction, isColorHex, isColorName } from "./colors.js"

export type RawKind = "color" | "length" | "number" | "family" | "variable"

/** Offsets in the text of the value. */
export interface RawValue {
  readonly kind: RawKind
  readonly from: number
  readonly to: number
}

/** What stands for an expression whose value is not known. A name, so that CSS can be read. */
export const isPlaceholder = (name: string): boolean => /_{4}/.test(name)

const known = new Map<string, boolean>()

/** Whether a property, by its grammar, may hold a colour. */
export const takesColor = (property: string): boolean => {
  const found = known.get(property)
  if (found !== undefined) return found
  const answer =
    !property.startsWith("--") &&
    ["red", "1px 1px red"].some((text) => {
      const value = parse(text, { context: "value" })
      const match = lexer.matchProperty(property, value)
      let is = false
      if (match.matched !== null && value.type === "Value") {
        value.children.forEach((node) => {
          if (match.isType(node, "color")) is = true
        })
      }
      return is
    })
  known.set(property, answer)
  return answer
}

/** Lengths that are the same on every screen, or follow from the font alone. */
const absolute = /^(px|rem|em|pt|pc|cm|mm|in|q)$/i

/** The raw parts of a value, outermost ones only, in their order. Empty where the value is no CSS. */
export const rawValues = (property: string, text: string): ReadonlyArray<RawValue> => {
  const found: Array<RawValue> = []
  collect(property, text, 0, 0, found)
  return found
}

/** `var(--a, var(--b, …))` deeper than that is nobody's design. */
const maxDepth = 16

/** A value with more raw parts is refused as well by these as by all. */
const maxParts = 256

const collect = (
  property: string,
  text: string,
  shift: number,
  depth: number,
  into: Array<RawValue>
): void => {
  if (depth > maxDepth) return
  const value = read(text)
  if (value?.type !== "Value") return
  const match = lexer.matchProperty(property, value)
  const judged = match.matched === null ? undefined : match
  const mayColor = takesColor(property)
  const add = (kind: RawKind, node: CssNode): void => {
    if (node.loc && into.length < maxParts)
      into.push({ kind, from: shift + node.loc.start.offset, to: shift + node.loc.end.offset })
  }
  const todo: Array<CssNode> = []
  const push = (nodes: Iterable<CssNode>): void => {
    for (const each of [...nodes].reverse()) todo.push(each)
  }
  push(value.children)
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    switch (node.type) {
      case "Hash":
        if (isColorHex(node.value) && isColor(judged, node, mayColor)) add("color", node)
        break
      case "Identifier":
        if (isColorName(node.name) && isColor(judged, node, mayColor)) add("color", node)
        else if (property === "font-family" && !isGeneric(node.name)) add("family", node)
        break
      case "String":
        if (property === "font-family" || property === "font") add("family", node)
        break
      case "Dimension":
        if (absolute.test(node.unit) && Number(node.value) !== 0) add("length", node)
        break
      case "Number":
        if (Number(node.value) !== 0) add("number", node)
        break
      case "Function":
        if (node.name.toLowerCase() === "var") variable(property, node, shift, depth, add, into)
        else if (isColorFunction(node.name) && mayColor) {
          if (isRaw(node)) add("color", node)
        } else push(node.children)
        break
      case "Parentheses":
        push(node.children)
        break
      default:
        break
    }
  }
}

const read = (text: string): CssNode | undefined => {
  try {
    return parse(text, { context: "value", positions: true })
  } catch {
    // it throws at what is no CSS, and at depths that nobody writes
    return undefined
  }
}

const isColor = (judged: LexerMatchResult | undefined, node: CssNode, mayColor: boolean): boolean =>
  judged === undefined ? mayColor : judged.isType(node, "color")

/** The name of a custom property, and what is raw in its fallback. */
const variable = (
  property: string,
  node: FunctionNode,
  shift: number,
  depth: number,
  add: (kind: RawKind, node: CssNode) => void,
  into: Array<RawValue>
): void => {
  node.children.forEach((child) => {
    if (child.type === "Identifier" && child.name.startsWith("--")) add("variable", child)
    else if (child.type === "Raw" && child.loc) fallback(property, child, shift, depth, into)
  })
}

const fallback = (property: string, node: Raw, shift: number, depth: number, into: Array<RawValue>): void =>
  collect(property, node.value, shift + (node.loc?.start.offset ?? 0), depth + 1, into)

/**
 * Whether a colour is given by numbers, and not by a token (`hsl(var(--border))`) or by something
 * unknown.
 */
const isRaw = (node: FunctionNode): boolean => {
  let numbers = 0
  let others = 0
  node.children.forEach((child) => {
    if (child.type === "Number" || child.type === "Percentage" || child.type === "Dimension") numbers += 1
    if (child.type === "Function" && child.name === "var") others += 1
    if (child.type === "Identifier" && isPlaceholder(child.name)) others += 1
  })
  return numbers >= 3 || (numbers > 0 && others === 0)
}

const isGeneric = (name: string): boolean =>
  isPlaceholder(name) ||
  /^(serif|sans-serif|monospace|cursive|fantasy|system-ui|ui-[a-z-]+|math|emoji|inherit|initial|unset|revert|revert-layer)$/i.test(
    name
  )
