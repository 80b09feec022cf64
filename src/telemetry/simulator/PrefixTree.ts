/**
 * Names of prefixes as integers. Two requests have a prefix in common if and only if they have the same node at its end, so nothing is
 * compared, and no string is put together. A tree only grows: caches that share it can be reset and forked and keep their names.
 */

export interface PrefixTree {
  /** The number of a string: the same for equal strings. */
  readonly symbol: (text: string) => number
  /** The node behind `node` by the edge `symbol`, a number from 0 on and below 2^26. The root is 0. */
  readonly child: (node: number, symbol: number) => number
  /** How many nodes and symbols there are; all are smaller than that. */
  readonly nodes: () => number
  readonly symbols: () => number
}

/** Beyond any number of symbols that fit into memory, and small enough for their product with as many nodes to be exact. */
const edges = 2 ** 26

export const makePrefixTree = (): PrefixTree => {
  const symbols = new Map<string, number>()
  // most nodes have one child: it is looked up without hashing
  const onlySymbol: Array<number> = [-1]
  const onlyChild: Array<number> = [0]
  const others = new Map<number, number>()
  const add = (): number => {
    onlySymbol.push(-1)
    onlyChild.push(0)
    return onlySymbol.length - 1
  }
  return {
    symbol: (text) => {
      const known = symbols.get(text)
      if (known !== undefined) return known
      const added = symbols.size
      symbols.set(text, added)
      return added
    },
    child: (node, symbol) => {
      const only = onlySymbol[node]
      if (only === symbol) return onlyChild[node] ?? 0
      if (only === -1) {
        const added = add()
        onlySymbol[node] = symbol
        onlyChild[node] = added
        return added
      }
      const edge = node * edges + symbol
      const known = others.get(edge)
      if (known !== undefined) return known
      const added = add()
      others.set(edge, added)
      return added
    },
    nodes: () => onlySymbol.length,
    symbols: () => symbols.size
  }
}
