/**
 * Two syntax trees in one set of columns: nodes are numbers, in preorder, those of the first tree before those of the second. Numbers
 * instead of objects, because a comparison looks at every node several times and keeps none of them.
 */

/** What a property of a node may be. */
export type Scalar = string | number | boolean | null

/** The properties of a node that are no nodes, sorted by name. What is `false` or absent by default is left out. */
export type Props = ReadonlyArray<readonly [name: string, value: Scalar]>

export interface Forest {
  /** How many nodes there are in all. */
  readonly count: number
  /** The root of the second tree; that of the first is 0. */
  readonly split: number
  /** An index of `names`. */
  readonly type: Int32Array
  /** An index of `labels`. */
  readonly label: Int32Array
  /** The property of the parent that the node stands in: an index of `names`. */
  readonly slot: Int32Array
  /** -1 for a root. */
  readonly parent: Int32Array
  /** How many nodes the subtree has, itself included: its last one is `node + size - 1`. */
  readonly size: Int32Array
  /** Where the node stands in its text, in UTF-16 code units. No part of what it is. */
  readonly start: Int32Array
  readonly end: Int32Array
  readonly names: ReadonlyArray<string>
  readonly labels: ReadonlyArray<Props>
  /** By type of node: the properties that are lists. */
  readonly lists: ReadonlyMap<string, ReadonlySet<string>>
}

/** A cell of a column. Every index that is asked for is that of a node; the type of an array does not know it. */
export const at = (column: Int32Array, index: number): number => column[index] ?? -1

export const typeOf = (forest: Forest, node: number): string => forest.names[at(forest.type, node)] ?? ""
export const slotOf = (forest: Forest, node: number): string => forest.names[at(forest.slot, node)] ?? ""
export const propsOf = (forest: Forest, node: number): Props => forest.labels[at(forest.label, node)] ?? []

/** The value of a property; undefined where the node has none of that name. */
export const propOf = (forest: Forest, node: number, name: string): Scalar | undefined =>
  propsOf(forest, node).find(([key]) => key === name)?.[1]

/** The node behind the subtree of a node: its next sibling, if the parent has one more. */
export const after = (forest: Forest, node: number): number => node + at(forest.size, node)

export const childrenOf = (forest: Forest, node: number): Array<number> => {
  const children: Array<number> = []
  const end = after(forest, node)
  for (let child = node + 1; child < end; child = after(forest, child)) children.push(child)
  return children
}

/** The only child in a slot, or the first of several; -1 where there is none. */
export const childIn = (forest: Forest, node: number, slot: string): number => {
  const end = after(forest, node)
  for (let child = node + 1; child < end; child = after(forest, child)) {
    if (slotOf(forest, child) === slot) return child
  }
  return -1
}
