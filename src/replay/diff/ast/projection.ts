/** What was added, removed and modified, as a reader would say it; the script says the same in steps. */
import type { ASTNode, EditOperation, ModifiedNode, NodeChange } from "../../../domain/AstDiff.js"
import { at, childrenOf, type Forest, propsOf, typeOf } from "../tree/Forest.js"
import { isFree, type Matching } from "../match/Matching.js"
import { placesInSlots, type Shown, stepTo } from "./shown.js"

/** Nodes that are nothing but a text. */
const texts = new Set([
  "Identifier",
  "PrivateIdentifier",
  "JSXIdentifier",
  "Literal",
  "TemplateElement",
  "JSXText"
])
const textProps = new Set(["name", "value", "number", "bigint", "pattern", "cooked", "raw"])

export interface Projection {
  readonly added: ReadonlyArray<ASTNode>
  readonly removed: ReadonlyArray<ASTNode>
  readonly modified: ReadonlyArray<ModifiedNode>
}

export const projected = (
  forest: Forest,
  matching: Matching,
  script: ReadonlyArray<EditOperation>,
  shown: Shown
): Projection => {
  const { count, parent, split } = forest
  const places = placesInSlots(forest)
  const moved = new Set<number>()
  // nodes of the original at which something differs
  const touched = new Set<number>()
  for (const step of script) {
    if (step.op === "move") moved.add(step.node)
    if (step.op === "update") touched.add(step.node)
    else {
      if (step.op !== "insert") touched.add(at(parent, step.node))
      if (step.op !== "delete") touched.add(step.parent)
    }
  }
  const isTop = (node: number): boolean => isFree(matching, node) && !isFree(matching, at(parent, node))
  const added: Array<ASTNode> = []
  const removed: Array<ASTNode> = []
  // the root always has a partner
  for (let node = 1; node < split; node++) if (isTop(node)) removed.push(shown(node, true))
  for (let node = split + 1; node < count; node++) if (isTop(node)) added.push(shown(node, true))

  const modified: Array<ModifiedNode> = []
  for (const node of [...touched].sort((one, two) => one - two)) {
    const other = at(matching.partner, node)
    if (node >= split || other < 0) continue
    const changes = [
      ...(at(forest.label, node) === at(forest.label, other) ? [] : propertyChanges(forest, node, other)),
      ...childChanges(node)
    ]
    if (changes.length === 0) continue
    const isLeaf = at(forest.size, node) === 1 && at(forest.size, other) === 1
    modified.push({ original: shown(node, isLeaf), modified: shown(other, isLeaf), changes })
  }
  return { added, removed, modified }

  /** Children that came, went or were moved; those that were moved are told of where they were and where they are. */
  function childChanges(node: number): ReadonlyArray<NodeChange> {
    const other = at(matching.partner, node)
    const changes: Array<NodeChange> = []
    for (const child of at(forest.size, node) === 1 ? [] : childrenOf(forest, node)) {
      const path = [stepTo(forest, places, child)]
      const now = at(matching.partner, child)
      if (now < 0) changes.push({ type: "child", path, original: shown(child) })
      else if (at(parent, now) !== other) {
        changes.push({ type: "child", path, original: shown(child), modified: shown(now) })
      }
    }
    for (const child of at(forest.size, other) === 1 ? [] : childrenOf(forest, other)) {
      const path = [stepTo(forest, places, child)]
      const was = at(matching.partner, child)
      if (was < 0) changes.push({ type: "child", path, modified: shown(child) })
      else if (moved.has(was))
        changes.push({ type: "child", path, original: shown(was), modified: shown(child) })
    }
    return changes
  }
}

const propertyChanges = (forest: Forest, node: number, other: number): ReadonlyArray<NodeChange> => {
  const before = new Map(propsOf(forest, node))
  const after = new Map(propsOf(forest, other))
  const isText = texts.has(typeOf(forest, node))
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .flatMap((name): ReadonlyArray<NodeChange> => {
      const [original, modified] = [before.get(name), after.get(name)]
      if (original === modified) return []
      return [
        {
          type: isText && textProps.has(name) ? "text" : "property",
          path: [name],
          ...(original === undefined ? {} : { original }),
          ...(modified === undefined ? {} : { modified })
        }
      ]
    })
}
