/** Nodes by when they were used last, with their tokens. */

export interface Recency {
  /** Makes the node the one that was used last. */
  readonly use: (node: number, tokens: number) => void
  /** Drops the node that was not used for the longest time, and says which. */
  readonly drop: () => number
  /** The tokens of all nodes. */
  readonly tokens: () => number
  readonly reset: () => void
  readonly fork: () => Recency
}

/** A map keeps its keys in the order in which they were put in: taken out and put in again, one is the last. */
export const makeRecency = (sizes: Map<number, number> = new Map(), sum = 0): Recency => {
  let total = sum
  return {
    use: (node, tokens) => {
      total += tokens - (sizes.get(node) ?? 0)
      sizes.delete(node)
      sizes.set(node, tokens)
    },
    drop: () => {
      for (const [node, tokens] of sizes) {
        sizes.delete(node)
        total -= tokens
        return node
      }
      total = 0
      return 0
    },
    tokens: () => total,
    reset: () => {
      sizes.clear()
      total = 0
    },
    fork: () => makeRecency(new Map(sizes), total)
  }
}
