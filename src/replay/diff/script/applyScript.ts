/**
 * Applies a script to the tree it was made for, and says whether that gives the other one. It shares nothing with what makes scripts but
 * the trees: each step is checked as if a stranger had written it.
 */
import type { EditOperation } from "../../../domain/AstDiff.js"
import { after, at, type Forest, type Props, propsOf, slotOf, typeOf } from "../tree/Forest.js"

/** A tree as links between numbers; 0 is its root. What is not overwritten is as in the forest. */
interface Linked {
  readonly parent: Int32Array
  readonly first: Int32Array
  readonly last: Int32Array
  readonly previous: Int32Array
  readonly next: Int32Array
  readonly slot: Map<number, string>
  readonly type: Map<number, string>
  readonly properties: Map<number, Readonly<Record<string, unknown>>>
}

export type Applied = { readonly ok: true } | { readonly ok: false; readonly problem: string }

const refused = (problem: string): Applied => ({ ok: false, problem })

/** Whether the script makes the second tree of the first; if not, why. */
export const verifyScript = (forest: Forest, script: ReadonlyArray<EditOperation>): Applied => {
  const tree = linked(forest)
  for (const [index, step] of script.entries()) {
    const problem = apply(forest, tree, step)
    if (problem !== undefined) return refused(`step ${index} (${step.op} of ${step.node}): ${problem}`)
  }
  return compared(forest, tree)
}

const linked = (forest: Forest): Linked => {
  const column = (): Int32Array => new Int32Array(forest.count).fill(-1)
  const tree: Linked = {
    parent: column(),
    first: column(),
    last: column(),
    previous: column(),
    next: column(),
    slot: new Map(),
    type: new Map(),
    properties: new Map()
  }
  // a node of the original is put behind its siblings, which were put before it
  for (let node = 1; node < forest.split; node++) {
    const parent = at(forest.parent, node)
    place(tree, node, parent, at(tree.last, parent))
  }
  return tree
}

/** Puts a node that is nowhere behind a sibling, or first for -1. */
const place = (tree: Linked, node: number, parent: number, behind: number): void => {
  const next = behind < 0 ? at(tree.first, parent) : at(tree.next, behind)
  tree.parent[node] = parent
  tree.previous[node] = behind
  tree.next[node] = next
  if (behind < 0) tree.first[parent] = node
  else tree.next[behind] = node
  if (next < 0) tree.last[parent] = node
  else tree.previous[next] = node
}

const take = (tree: Linked, node: number): void => {
  const parent = at(tree.parent, node)
  const previous = at(tree.previous, node)
  const next = at(tree.next, node)
  if (previous < 0) tree.first[parent] = next
  else tree.next[previous] = next
  if (next < 0) tree.last[parent] = previous
  else tree.previous[next] = previous
  tree.parent[node] = -1
  tree.previous[node] = -1
  tree.next[node] = -1
}

const isThere = (tree: Linked, node: number): boolean => node === 0 || at(tree.parent, node) >= 0

/** Does one step, or says what is wrong with it. */
const apply = (forest: Forest, tree: Linked, step: EditOperation): string | undefined => {
  const { node } = step
  if (step.op !== "insert" && !isThere(tree, node)) return "there is no such node"
  switch (step.op) {
    case "update":
      tree.properties.set(node, step.modified)
      return undefined
    case "delete":
      if (node === 0) return "it is the root"
      if (at(tree.first, node) >= 0) return "it has children"
      take(tree, node)
      return undefined
    case "insert":
    case "move": {
      const { after: sibling, parent, slot } = step
      if (!isThere(tree, parent)) return "its parent is not there"
      if (step.op === "move") {
        if (node === 0) return "it is the root"
        for (let above = parent; above >= 0; above = at(tree.parent, above)) {
          if (above === node) return "it would stand below itself"
        }
        if (sibling === node) return "it would stand behind itself"
        take(tree, node)
      } else if (isThere(tree, node) || node < forest.split || node >= forest.count) return "it is not new"
      if (sibling !== null && at(tree.parent, sibling) !== parent) return "there is no such sibling"
      place(tree, node, parent, sibling ?? -1)
      tree.slot.set(node, slot)
      if (step.op === "insert") {
        tree.type.set(node, step.type)
        tree.properties.set(node, step.properties)
      }
      return undefined
    }
  }
}

/** Walks both trees at once: nodes of the modified tree come in preorder. */
const compared = (forest: Forest, tree: Linked): Applied => {
  let node = 0
  for (let other = forest.split; other < forest.count; other++) {
    if (node < 0) return refused(`node ${other} is missing`)
    if ((tree.type.get(node) ?? typeOf(forest, node)) !== typeOf(forest, other)) {
      return refused(`node ${other} is of another type`)
    }
    if ((tree.slot.get(node) ?? slotOf(forest, node)) !== slotOf(forest, other)) {
      return refused(`node ${other} stands in another place`)
    }
    if (!hasProperties(forest, tree, node, other)) return refused(`node ${other} has other properties`)
    // a node that ends a subtree too early or too late shows in the number of children of the one that holds it
    if (childCount(tree, node) !== countOf(forest, other)) return refused(`node ${other} has other children`)
    node = following(tree, node)
  }
  return node < 0 ? { ok: true } : refused(`node ${node} is too many`)
}

const following = (tree: Linked, node: number): number => {
  if (at(tree.first, node) >= 0) return at(tree.first, node)
  for (let above = node; above >= 0; above = at(tree.parent, above)) {
    if (at(tree.next, above) >= 0) return at(tree.next, above)
  }
  return -1
}

const childCount = (tree: Linked, node: number): number => {
  let count = 0
  for (let child = at(tree.first, node); child >= 0; child = at(tree.next, child)) count++
  return count
}

const countOf = (forest: Forest, node: number): number => {
  let count = 0
  const end = after(forest, node)
  for (let child = node + 1; child < end; child = after(forest, child)) count++
  return count
}

const hasProperties = (forest: Forest, tree: Linked, node: number, other: number): boolean => {
  const changed = tree.properties.get(node)
  // what was not touched is as it was: labels are equal if and only if the properties are
  if (changed === undefined) return at(forest.label, node) === at(forest.label, other)
  const wanted: Props = propsOf(forest, other)
  return (
    Object.keys(changed).length === wanted.length &&
    wanted.every(([name, value]) => Object.hasOwn(changed, name) && Object.is(changed[name], value))
  )
}
