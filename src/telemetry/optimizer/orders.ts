/** Orders of the blocks of a prompt. */
import type { LayoutChange } from "../../domain/Optimization.js"
import type { RequestBlock } from "../../domain/ProviderRequest.js"
import { refOf, type Texts } from "./history.js"
import { isPinned, type Slot, tiedPairs } from "./slots.js"

/** Indices into the layout, in their new order. */
export type Order = ReadonlyArray<number>

/** Which indices may stand at a place, given what stands before it. */
type Candidates = (placed: ReadonlySet<number>, place: number) => ReadonlyArray<number>

const candidatesOf = (slots: ReadonlyArray<Slot>, hasTurns: boolean, texts: Texts): Candidates => {
  const blocks = slots.map(({ block }) => block)
  const ties = tiedPairs(slots, texts)
  const pinned = hasTurns ? -1 : blocks.findIndex((_, i) => isPinned(blocks, i))
  return (placed, place) =>
    blocks.flatMap(({ part }, i) => {
      const free =
        !placed.has(i) &&
        (i === pinned) === (place === pinned) &&
        // tools, system, messages: a block stays in its part
        part === blocks[place]?.part &&
        ties.every(([before, after]) => after !== i || placed.has(before))
      return free ? [i] : []
    })
}

/**
 * The order that keeps the most of a prefix if blocks change independently of each other. Of two neighbours i
 * and j with w tokens that are the same with probability q, i goes first if w_i q_i + w_j q_i q_j is the
 * larger: if w q / (1 - q) of i is larger than that of j.
 */
export const stableOrder = (slots: ReadonlyArray<Slot>, hasTurns: boolean, texts: Texts): Order => {
  const candidates = candidatesOf(slots, hasTurns, texts)
  const worth = slots.map(({ tokens, volatility }) =>
    volatility === 0 ? Infinity : (tokens * (1 - volatility)) / volatility
  )
  const placed = new Set<number>()
  slots.forEach((_, place) => {
    const [first, ...others] = candidates(placed, place)
    if (first === undefined) return
    placed.add(others.reduce((best, i) => ((worth[i] ?? 0) > (worth[best] ?? 0) ? i : best), first))
  })
  // ties across parts can leave a place without a candidate: then all stays as it is
  return placed.size === slots.length ? [...placed] : slots.map((_, i) => i)
}

/** All orders that are allowed, or undefined if they are more than `most`. */
export const allOrders = (
  slots: ReadonlyArray<Slot>,
  hasTurns: boolean,
  texts: Texts,
  most: number
): ReadonlyArray<Order> | undefined => {
  const candidates = candidatesOf(slots, hasTurns, texts)
  let orders: ReadonlyArray<Order> = [[]]
  for (let place = 0; place < slots.length; place++) {
    orders = orders.flatMap((order) => candidates(new Set(order), place).map((i) => [...order, i]))
    if (orders.length > most) return undefined
  }
  return orders
}

/** The moves that bring the blocks into an order, one after the other. */
export const movesTo = (
  blocks: ReadonlyArray<Pick<RequestBlock, "name" | "type">>,
  order: Order
): ReadonlyArray<LayoutChange> => {
  const along = (places: ReadonlyArray<number>): ReadonlyArray<LayoutChange> => {
    const current = blocks.map((_, i) => i)
    return places.flatMap((to) => {
      const wanted = order[to] ?? to
      const from = current.indexOf(wanted)
      const block = blocks[wanted]
      if (from === to || block === undefined) return []
      current.splice(from, 1)
      current.splice(to, 0, wanted)
      return [{ _tag: "MoveBlock" as const, block: refOf(block, from), to }]
    })
  }
  const places = blocks.map((_, i) => i)
  const forwards = along(places)
  // a block that goes to the end is one move from the back, and many from the front
  const backwards = along(places.toReversed())
  return backwards.length < forwards.length ? backwards : forwards
}
