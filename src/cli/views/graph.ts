/**
 * A tree of checkpoints as `git log --graph` draws one: newest on top, a lane for each line that is open, lines that come
 * from one checkpoint joined above it. No line crosses another: lanes stand in the order in which the tree branches.
 *
 * By hand: the library that draws commit graphs in a terminal (@gitgraph/node) calls itself unstable and rests since 2020.
 */

/** A checkpoint with the one that it came from. It stands before that one. */
export interface GraphPoint {
  readonly id: string
  readonly parent?: string | undefined
}

/** A line of the drawing; with the place of its point among those that were given, or only lines that move. */
export interface GraphRow {
  readonly text: string
  readonly point?: number
}

/** Where the line of a point leads that ends below the drawing. */
const below = Number.MAX_SAFE_INTEGER

interface Lane {
  /** The place in the order of lanes. */
  readonly rank: number
  /** The point that it leads to. */
  readonly to: number
}

/**
 * The drawing, from top to bottom. The line of a point whose parent is not among the points ends there, or with `goesOn`
 * leads out of the drawing.
 */
export const drawGraph = (
  points: ReadonlyArray<GraphPoint>,
  options: { readonly goesOn?: boolean } = {}
): ReadonlyArray<GraphRow> => {
  const places = new Map(points.map(({ id }, at) => [id, at]))
  const parents = points.map(({ parent }, at): number | undefined => {
    if (parent === undefined) return undefined
    const place = places.get(parent)
    if (place === undefined) return options.goesOn === true ? below : undefined
    // one that stands above its child cannot be led to
    return place > at ? place : undefined
  })
  const ranks = ranksOf(parents)
  const rows: Array<GraphRow> = []
  const lanes: Array<Lane> = []
  /** The place where the row above has the end of a line. */
  let ended: number | undefined
  for (const [point, parent] of parents.entries()) {
    const rank = ranks[point] ?? 0
    const found = lanes.findIndex(({ to }) => to === point)
    let at = found
    if (found === -1) {
      const right = lanes.findIndex((lane) => lane.rank > rank)
      at = right === -1 ? lanes.length : right
      if (at < lanes.length) rows.push({ text: moved(lanes.length, at, "\\") })
      // below the end of another line it would seem to go on from there
      else if (at === ended) rows.push({ text: lanes.map(() => "|").join(" ") })
      lanes.splice(at, 0, { rank, to: point })
    }
    while (lanes[at + 1]?.to === point) {
      rows.push({ text: moved(lanes.length - 1, at, "/", true) })
      lanes.splice(at + 1, 1)
    }
    rows.push({ text: lanes.map((_, lane) => (lane === at ? "*" : "|")).join(" "), point })
    ended = undefined
    if (parent !== undefined) lanes[at] = { rank, to: parent }
    else {
      lanes.splice(at, 1)
      if (at < lanes.length) rows.push({ text: moved(lanes.length, at, "/") })
      else ended = at
    }
  }
  if (lanes.length > 0) rows.push({ text: lanes.map(() => "|").join(" ") })
  return rows
}

/**
 * Lanes from `first` on that move: to the place on their right (`\\`), or to that on their left (`/`), where `lanes` counts
 * those that there are in the end. With `joining` the lane in the place that the first of them takes stays as well.
 */
const moved = (lanes: number, first: number, stroke: "\\" | "/", joining = false): string => {
  const straight = "| ".repeat(first)
  const strokes = Array.from({ length: lanes - first }, () => stroke).join(" ")
  return `${straight}${joining ? "|" : " "}${strokes}`
}

/** Each point's place in the order of lanes: a point comes before those that came from it, and these topmost first. */
const ranksOf = (parents: ReadonlyArray<number | undefined>): ReadonlyArray<number> => {
  const tops = parents.map((_, at) => at)
  const children: Array<Array<number>> = parents.map(() => [])
  const roots: Array<number> = []
  for (const [at, parent] of parents.entries()) {
    if (parent === undefined || parent === below) roots.push(at)
    else {
      children[parent]?.push(at)
      tops[parent] = Math.min(tops[parent] ?? at, tops[at] ?? at)
    }
  }
  const byTop = (one: number, other: number): number => (tops[other] ?? 0) - (tops[one] ?? 0)
  const ranks = parents.map(() => 0)
  let next = 0
  const open = roots.sort(byTop)
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    ranks[at] = next++
    open.push(...(children[at] ?? []).sort(byTop))
  }
  return ranks
}
