/** The declarations of a style object: nested ones, spreads, choices and lists of values included. */
import type { TSESTree } from "@typescript-eslint/typescript-estree"
import { type Collected, declare, type Group, newGroup } from "../Collected.js"
import * as Mapped from "../Mapped.js"
import { takesPixels, toProperty } from "../properties.js"
import { takesColor } from "../rawValues.js"
import { keyOf, type Resolver, type Value } from "./resolve.js"

export interface StyleOptions {
  /** Numbers are steps of the theme, as in MUI's `sx`. */
  readonly isThemed: boolean
}

const maxDepth = 24

/**
 * Collects from what an expression may be: an object, a list or a choice of some, a function that
 * returns one.
 */
export const collectStyle = (
  start: TSESTree.Node,
  resolver: Resolver,
  { isThemed }: StyleOptions,
  into: Collected
): void => {
  const seen = new Set<TSESTree.Node>()

  const style = (node: TSESTree.Node, group: Group, depth: number): void => {
    if (depth > maxDepth) return
    const plain = resolver.plain(node)
    if (plain.type !== "ObjectExpression") {
      if (seen.has(plain)) return
      seen.add(plain)
    }
    const also = (each: TSESTree.Node | null): void => {
      if (each !== null) style(each, group, depth + 1)
    }
    switch (plain.type) {
      case "ObjectExpression":
        return object(plain, group, depth)
      case "ArrayExpression":
        return plain.elements.forEach(also)
      case "ConditionalExpression":
        return [plain.consequent, plain.alternate].forEach(also)
      case "LogicalExpression":
        return [plain.left, plain.right].forEach(also)
      case "SpreadElement":
        return also(plain.argument)
      case "ArrowFunctionExpression":
      case "FunctionExpression":
        return returned(plain).forEach(also)
      default:
        return
    }
  }

  const object = (node: TSESTree.ObjectExpression, group: Group, depth: number): void => {
    // its properties count for each group that it is spread into, its values once
    const isNew = !seen.has(node)
    seen.add(node)
    for (const each of node.properties) {
      if (each.type === "SpreadElement") {
        if (isNew) style(each.argument, group, depth + 1)
        continue
      }
      const name = keyOf(each.key, each.computed) ?? computedKey(each)
      if (name === undefined) continue
      if (!isNew) {
        group.properties.add(toProperty(name))
        continue
      }
      if (/^@media\b/i.test(name) && each.key.type !== "Identifier")
        into.queries.push(queryOf(each.key, name))
      property(name, each.value, group, depth)
    }
  }

  const computedKey = (each: TSESTree.Property): string | undefined =>
    resolver.valuesOf(each.key)[0]?.text.text

  const queryOf = (key: TSESTree.Node, name: string): Mapped.Mapped =>
    key.type === "Literal"
      ? Mapped.mapped(name, key.range[0] + 1, key.range[1] - 1)
      : (resolver.valuesOf(key)[0]?.text ?? Mapped.synthetic(name))

  const property = (name: string, node: TSESTree.Node, group: Group, depth: number): void => {
    const plain = resolver.plain(node)
    const isName = /^[\w-]+$/.test(name)
    const known = toProperty(name)
    const styles = isName && (takesPixels(known) || takesColor(known))
    if (plain.type === "ObjectExpression" && !styles) {
      return style(plain, newGroup(/^@(media|container)\b/i.test(name) || group.isConditional), depth + 1)
    }
    if (!isName) return style(plain, newGroup(group.isConditional), depth + 1)
    const nodes =
      plain.type === "ObjectExpression" || plain.type === "ArrayExpression" ? parts(plain) : [node]
    group.properties.add(known)
    for (const value of nodes.flatMap(resolver.valuesOf)) {
      const text = inPixels(known, value, isThemed)
      if (text !== undefined) declare(into, { property: known, value: text, group, isThemed })
    }
  }

  /** The values of `{ base: 1, md: 2 }` and `[1, 2]`, one for each screen. */
  const parts = (node: TSESTree.ObjectExpression | TSESTree.ArrayExpression): ReadonlyArray<TSESTree.Node> =>
    node.type === "ArrayExpression"
      ? node.elements.flatMap((each) => (each === null ? [] : [each]))
      : node.properties.flatMap((each) => (each.type === "Property" ? [each.value] : []))

  style(start, newGroup(), 0)
}

/** A number as the length that it means; none where it is a step of the theme. */
const inPixels = (
  property: string,
  { isNumber, text }: Value,
  isThemed: boolean
): Mapped.Mapped | undefined => {
  if (!isNumber || !takesPixels(property)) return Mapped.trim(text)
  const isStep = isThemed && !/width|height|font-size/.test(property)
  // up to 1, `sx` means a share of what is around
  const isShare = isThemed && Math.abs(Number(text.text)) <= 1
  return isStep || isShare ? undefined : Mapped.concat([text, Mapped.synthetic("px")])
}

const returned = (
  node: TSESTree.ArrowFunctionExpression | TSESTree.FunctionExpression
): ReadonlyArray<TSESTree.Node> =>
  node.body.type !== "BlockStatement"
    ? [node.body]
    : node.body.body.flatMap((each) =>
        each.type === "ReturnStatement" && each.argument !== null ? [each.argument] : []
      )
