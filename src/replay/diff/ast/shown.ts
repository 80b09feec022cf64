/** Nodes as a reader finds them: where they stand in the text, and in what. */
import type { ASTNode } from "../../../domain/AstDiff.js"
import { after, at, childIn, type Forest, propOf, slotOf, typeOf } from "../tree/Forest.js"
import type { Parsed } from "../tree/Parsed.js"
import { positionsIn, type PositionOf } from "../tree/positions.js"

/** A node, with its text where that is asked for. */
export type Shown = (node: number, withText?: boolean) => ASTNode

/** Declarations that others are found by. */
const declaring =
  /^(Function|Class|TSInterface|TSTypeAlias|TSEnum|TSModule)Declaration$|^(VariableDeclarator|TSDeclareFunction|Property|PropertyDefinition|MethodDefinition|AccessorProperty|TSPropertySignature|TSMethodSignature|TSEnumMember|TSAbstract(Method|Property)Definition)$/

export const showing = (forest: Forest, original: Parsed, modified: Parsed): Shown => {
  const places = placesInSlots(forest)
  const sides = [sideOf(original), sideOf(modified)] as const
  const withinOf = namesAround(forest)
  return (node, withText = false) => {
    const { positionOf, text } = sides[node < forest.split ? 0 : 1]
    const [from, to] = [at(forest.start, node), at(forest.end, node)]
    const start = positionOf(from)
    const end = positionOf(to)
    return {
      node,
      type: typeOf(forest, node),
      path: pathOf(forest, places, node),
      within: withinOf(node),
      ...start,
      endLine: end.line,
      endColumn: end.column,
      ...(withText ? { text: text.slice(from, to) } : {})
    }
  }
}

const sideOf = ({ text }: Parsed): { readonly text: string; readonly positionOf: PositionOf } => ({
  text,
  positionOf: positionsIn(text)
})

/** By node: how many of its siblings before it stand in the same slot. */
export const placesInSlots = (forest: Forest): Int32Array => {
  const places = new Int32Array(forest.count)
  for (let node = 0; node < forest.count; node++) {
    const end = after(forest, node)
    let previous = -1
    for (let child = node + 1; child < end; child = after(forest, child)) {
      const follows = previous >= 0 && at(forest.slot, previous) === at(forest.slot, child)
      places[child] = follows ? at(places, previous) + 1 : 0
      previous = child
    }
  }
  return places
}

/** The step from a parent to a node: `body[2]`, `test`. */
export const stepTo = (forest: Forest, places: Int32Array, node: number): string => {
  const slot = slotOf(forest, node)
  const isListed = forest.lists.get(typeOf(forest, at(forest.parent, node)))?.has(slot) === true
  return isListed ? `${slot}[${at(places, node)}]` : slot
}

const pathOf = (forest: Forest, places: Int32Array, node: number): ReadonlyArray<string> => {
  const path: Array<string> = []
  for (let each = node; at(forest.parent, each) >= 0; each = at(forest.parent, each)) {
    path.push(stepTo(forest, places, each))
  }
  return path.reverse()
}

/** The names of the declarations that a node is in, itself among them. */
const namesAround = (forest: Forest): ((node: number) => string) => {
  const known = new Map<number, string>()
  const ownName = (node: number): string | undefined => {
    if (!declaring.test(typeOf(forest, node))) return undefined
    const key = Math.max(childIn(forest, node, "id"), childIn(forest, node, "key"))
    const name = key < 0 ? undefined : (propOf(forest, key, "name") ?? propOf(forest, key, "value"))
    return name === undefined || name === null ? undefined : String(name)
  }
  return (node) => {
    const path: Array<number> = []
    let above = node
    while (above >= 0 && !known.has(above)) {
      path.push(above)
      above = at(forest.parent, above)
    }
    let names = known.get(above) ?? ""
    for (const each of path.reverse()) {
      const own = ownName(each)
      if (own !== undefined) names = names === "" ? own : `${names}.${own}`
      known.set(each, names)
    }
    return names
  }
}
