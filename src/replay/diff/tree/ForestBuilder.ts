/** Columns that grow: both trees of a forest are written into one builder, so that equal names get equal numbers. */
import type { Forest, Props, Scalar } from "./Forest.js"

export interface ForestBuilder {
  /** Appends a node behind all others. Its parent must be there, and be the root or in the subtree written last. */
  readonly add: (node: {
    readonly type: string
    readonly slot: string
    readonly props: Props
    readonly parent: number
    readonly start: number
    readonly end: number
  }) => number
  /** Notes that a property of a type of node is a list. */
  readonly list: (type: string, slot: string) => void
  readonly build: (split: number) => Forest
}

/** One text for equal values and two for others: kinds are told apart, and what precedes the text has a length. */
const encoded = (value: Scalar): string => {
  switch (typeof value) {
    case "string":
      return `s${value.length}:${value}`
    case "number":
      return `n${value};`
    case "boolean":
      return value ? "t" : "f"
    default:
      return "0"
  }
}

export const makeForestBuilder = (): ForestBuilder => {
  const names: Array<string> = []
  const nameIds = new Map<string, number>()
  const labels: Array<Props> = []
  // most nodes have one property or none: these need no text to be told apart
  let empty: number | undefined
  const singles = new Map<string, Map<Scalar, number>>()
  const several = new Map<string, number>()
  const lists = new Map<string, Set<string>>()
  const type: Array<number> = []
  const label: Array<number> = []
  const slot: Array<number> = []
  const parent: Array<number> = []
  const start: Array<number> = []
  const end: Array<number> = []

  const nameId = (name: string): number => {
    const known = nameIds.get(name)
    if (known !== undefined) return known
    nameIds.set(name, names.length)
    return names.push(name) - 1
  }
  const newLabel = (props: Props): number => labels.push(props) - 1
  const labelId = (props: Props): number => {
    const [first] = props
    if (first === undefined) return (empty ??= newLabel(props))
    if (props.length === 1) {
      const byValue = singles.get(first[0]) ?? new Map<Scalar, number>()
      singles.set(first[0], byValue)
      const known = byValue.get(first[1])
      if (known !== undefined) return known
      byValue.set(first[1], labels.length)
      return newLabel(props)
    }
    let text = ""
    for (const [name, value] of props) text += `${name}=${encoded(value)}`
    const known = several.get(text)
    if (known !== undefined) return known
    several.set(text, labels.length)
    return newLabel(props)
  }

  return {
    add: (node) => {
      type.push(nameId(node.type))
      label.push(labelId(node.props))
      slot.push(nameId(node.slot))
      parent.push(node.parent)
      start.push(node.start)
      end.push(node.end)
      return type.length - 1
    },
    list: (ofType, inSlot) => {
      const known = lists.get(ofType)
      if (known === undefined) lists.set(ofType, new Set([inSlot]))
      else known.add(inSlot)
    },
    build: (split) => {
      const count = type.length
      const size = new Int32Array(count).fill(1)
      for (let node = count - 1; node > 0; node--) {
        const above = parent[node] ?? -1
        if (above >= 0) size[above] = (size[above] ?? 0) + (size[node] ?? 0)
      }
      return {
        count,
        split,
        type: Int32Array.from(type),
        label: Int32Array.from(label),
        slot: Int32Array.from(slot),
        parent: Int32Array.from(parent),
        size,
        start: Int32Array.from(start),
        end: Int32Array.from(end),
        names,
        labels,
        lists
      }
    }
  }
}
