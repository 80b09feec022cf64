/** A recording's nodes by their ways, so that a replay looks each of them up without walking all. */
import type { NodeId } from "../domain/Ids.js"
import type { RecordedNode, Recording } from "./Recording.js"

export interface RecordingIndex {
  /** The node at a way. */
  readonly at: (way: string) => RecordedNode | undefined
  /** The node at a way and all that are in it, in the order in which they were recorded. */
  readonly within: (way: string) => ReadonlyArray<RecordedNode>
  /** Those that a node is in, outermost first. */
  readonly around: (way: string) => ReadonlyArray<RecordedNode>
  readonly wayOf: (id: NodeId) => string | undefined
}

/** The first index from which on `sorted` is not before `way`. */
const firstFrom = (sorted: ReadonlyArray<{ readonly way: string }>, way: string): number => {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle]?.way ?? "") < way) low = middle + 1
    else high = middle
  }
  return low
}

/** Takes time once: the nodes are sorted by their ways, so those in a node stand beside each other. */
export const indexOf = ({ nodes }: Pick<Recording, "nodes">): RecordingIndex => {
  const byWay = new Map<string, RecordedNode>()
  const ways = new Map<NodeId, string>()
  for (const node of nodes) {
    if (!byWay.has(node.way)) byWay.set(node.way, node)
    ways.set(node.id, node.way)
  }
  const sorted = nodes
    .map((node, place) => ({ way: node.way, node, place }))
    .sort((one, other) => (one.way < other.way ? -1 : one.way > other.way ? 1 : one.place - other.place))
  const places = new Map(sorted.map(({ way }, place) => [way, place]))
  return {
    at: (way) => byWay.get(way),
    within: (way) => {
      const own = byWay.get(way)
      const place = places.get(way)
      // all ways that begin with this one stand behind it
      if (own !== undefined && place !== undefined && sorted[place + 1]?.way.startsWith(way) !== true)
        return [own]
      // "0" is the character after "/"
      const below = sorted.slice(firstFrom(sorted, `${way}/`), firstFrom(sorted, `${way}0`))
      const inside = below.sort((one, other) => one.place - other.place).map(({ node }) => node)
      // what is in a node ends before it
      return own === undefined ? inside : [...inside, own]
    },
    around: (way) => {
      const found: Array<RecordedNode> = []
      // a name may have a slash in it as well
      for (let end = way.indexOf("/"); end !== -1; end = way.indexOf("/", end + 1)) {
        const outer = byWay.get(way.slice(0, end))
        if (outer !== undefined) found.push(outer)
      }
      return found
    },
    wayOf: (id) => ways.get(id)
  }
}
