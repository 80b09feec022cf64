/**
 * What was recorded of the nodes that a run asks for. A node is known by the node that it is in, by its name, and by what it was given;
 * where it stood counts only between such as are the same in all this: which of some workers takes the next item is no fact of the program.
 */
import type { Hash } from "../../domain/Hash.js"
import { addressOf } from "../../replay/reuse.js"
import type { RecordedNode } from "../../replay/Recording.js"
import { indexOf, type RecordingIndex } from "../../replay/RecordingIndex.js"

export interface Asked extends Pick<RecordedNode, "kind" | "name"> {
  /** The way, in the recording, to the node that it is in. */
  readonly outer: string
  /** Its way within that node. */
  readonly place: string
  readonly key: Hash
}

export interface Pasts {
  readonly index: RecordingIndex
  readonly root: RecordedNode | undefined
  /**
   * What was recorded of it: of the same key, each given out once; else one of its name, to compare it with. `exact`: whoever stood in its
   * place, if anybody did.
   */
  readonly take: (asked: Asked, exact: boolean) => RecordedNode | undefined
}

const listed = <K>(lists: Map<K, Array<RecordedNode>>, key: K, node: RecordedNode): void => {
  const known = lists.get(key)
  if (known === undefined) lists.set(key, [node])
  else known.push(node)
}

/** The first that was not given out; those before it are forgotten. */
const firstLeft = (
  nodes: Array<RecordedNode> | undefined,
  isGiven: (node: RecordedNode) => boolean
): RecordedNode | undefined => {
  while (nodes?.[0] !== undefined && isGiven(nodes[0])) nodes.shift()
  return nodes?.[0]
}

/** What was interrupted has no place among the ends of the run. */
const endOf = ({ order }: RecordedNode): number => (order < 0 ? Infinity : order)

export const makePasts = (nodes: ReadonlyArray<RecordedNode>): Pasts => {
  const index = indexOf({ nodes })
  const named = new Map<string, Array<RecordedNode>>()
  const same = new Map<string, Array<RecordedNode>>()
  const nameOf = (node: Pick<RecordedNode, "kind" | "name" | "outer">): string =>
    `${node.outer}\n${addressOf(node)}`
  for (const node of [...nodes].sort((one, other) => endOf(one) - endOf(other) || 0)) {
    const name = nameOf(node)
    listed(named, name, node)
    listed(same, `${name}\n${node.key}`, node)
  }
  /** By key, and so for good. */
  const taken = new Set<RecordedNode>()
  /** To be compared with; who has the key of one of these gets it all the same. */
  const shown = new Set<RecordedNode>()

  return {
    index,
    root: nodes.find(({ outer }) => outer === ""),
    take: (asked, exact) => {
      const { key, outer, place } = asked
      const name = nameOf(asked)
      const there = index.at(`${outer}${place}`)
      if (there !== undefined && !taken.has(there) && (exact || there.key === key)) {
        taken.add(there)
        return there
      }
      const equal = firstLeft(same.get(`${name}\n${key}`), (node) => taken.has(node))
      if (equal !== undefined) {
        taken.add(equal)
        return equal
      }
      if (there !== undefined && !taken.has(there) && !shown.has(there)) {
        shown.add(there)
        return there
      }
      const other = firstLeft(named.get(name), (node) => taken.has(node) || shown.has(node))
      if (other !== undefined) shown.add(other)
      return other
    }
  }
}
