/** Requests as paths in a tree of prefixes, and which requests went the same way before. */
import type { ProviderRequest } from "../../domain/ProviderRequest.js"
import { makePrefixTree, type PrefixTree } from "./PrefixTree.js"
import type { CacheRules } from "./rules.js"

/** A request that was sent: its blocks by number, and under which key. */
export interface Sent {
  readonly order: number
  readonly key: number
  readonly symbols: ReadonlyArray<number>
}

/** Names, and what was sent last with each block; simulators that share it know a block that was sent under another key. */
export interface Memory {
  readonly tree: PrefixTree
  readonly lastWith: Array<Sent | undefined>
  sent: number
}

export const makeMemory = (): Memory => ({ tree: makePrefixTree(), lastWith: [], sent: 0 })

/** A request on its way: the node and the tokens at the end of each block. */
export interface Path {
  readonly sent: Sent
  /** The node before the first block. */
  readonly start: number
  readonly nodes: ReadonlyArray<number>
  readonly ends: ReadonlyArray<number>
  readonly total: number
  /** How many blocks from the start an earlier request had, too. */
  readonly known: number
  /** Nodes of its tree, all of which have smaller numbers. */
  readonly size: number
}

export interface Paths {
  readonly walk: (request: ProviderRequest) => Path
  readonly remember: (path: Path) => void
  /** The latest request that shares the known blocks, or, where there are none, any block at all. */
  readonly before: (path: Path) => Sent | undefined
  readonly reset: () => void
  readonly fork: () => Paths
  readonly memory: Memory
}

/** Makes an array reach up to `length`. */
export const reach = <A>(array: Array<A>, length: number, value: A): void => {
  while (array.length < length) array.push(value)
}

export const makePaths = (rules: CacheRules, memory: Memory, known: Array<Sent | undefined> = []): Paths => {
  const { lastWith, tree } = memory
  const { parametersBreak, routed } = rules
  const lastThrough = known

  // most requests have the key of the one before
  let model: string | undefined
  let scope = ""
  let routingKey = ""
  let all = ""
  let key = 0
  const keyOf = (request: ProviderRequest): number => {
    const route = routed ? (request.routingKey ?? "") : ""
    const parameters = parametersBreak === "all" ? (request.parameters ?? "") : ""
    if (request.model !== model || request.scope !== scope || route !== routingKey || parameters !== all) {
      model = request.model
      scope = request.scope
      routingKey = route
      all = parameters
      key = 0
      for (const part of [model, scope, route, parameters]) key = tree.child(key, tree.symbol(part))
    }
    return key
  }

  return {
    memory,
    walk: (request) => {
      const { blocks } = request
      const start = keyOf(request)
      const symbols: Array<number> = []
      const nodes: Array<number> = []
      const ends: Array<number> = []
      let node = start
      let total = 0
      let seen = true
      let count = 0
      let parameters = parametersBreak === "messages" ? request.parameters : undefined
      for (const block of blocks) {
        if (parameters !== undefined && block.part === "messages") {
          node = tree.child(node, tree.symbol(parameters))
          parameters = undefined
        }
        const symbol = tree.symbol(block.hash)
        node = tree.child(node, symbol)
        total += block.tokens
        symbols.push(symbol)
        nodes.push(node)
        ends.push(total)
        seen &&= lastThrough[node] !== undefined
        if (seen) count++
      }
      reach(lastThrough, tree.nodes(), undefined)
      reach(lastWith, tree.symbols(), undefined)
      const sent = { order: memory.sent++, key: start, symbols }
      return { sent, start, nodes, ends, total, known: count, size: tree.nodes() }
    },
    remember: ({ nodes, sent }) => {
      for (const node of nodes) lastThrough[node] = sent
      for (const symbol of sent.symbols) lastWith[symbol] = sent
    },
    before: ({ known, nodes, sent }) => {
      if (known > 0) return lastThrough[nodes[known - 1] ?? 0]
      let latest: Sent | undefined
      for (const symbol of sent.symbols) {
        const other = lastWith[symbol]
        if (other !== undefined && (latest === undefined || other.order > latest.order)) latest = other
      }
      return latest
    },
    reset: () => {
      lastThrough.fill(undefined)
      lastWith.fill(undefined)
    },
    fork: () => makePaths(rules, { ...memory, lastWith: lastWith.slice() }, lastThrough.slice())
  }
}
