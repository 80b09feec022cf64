/** The prefixes that an automatic cache holds, by their nodes in a tree: since when, until when, and what went on from them. */
import { makeRecency, type Recency } from "./recency.js"
import { reach } from "./paths.js"
import type { AutomaticRules } from "./rules.js"

export interface HeldPrefixes {
  /** How many of the nodes, from the start on, are found. */
  readonly depth: (nodes: ReadonlyArray<number>, now: number) => number
  /** Whether anything but `next` ever followed on the node. */
  readonly forksAt: (node: number, next: number) => boolean
  /** Whether a request ended at the node. */
  readonly endedAt: (node: number) => boolean
  /** When it was used last; never is minus infinity. */
  readonly usedAt: (node: number) => number
  readonly evicted: (node: number) => boolean
  /** Holds all nodes of a request. `ends` are the tokens up to each; without them each is one token more. */
  readonly hold: (
    start: number,
    nodes: ReadonlyArray<number>,
    ends: ReadonlyArray<number> | undefined,
    now: number,
    from: number
  ) => void
  readonly reset: () => void
  readonly fork: () => HeldPrefixes
}

/** Per node. `next` is the one node that followed, 0 for none, -1 for several. */
interface State {
  readonly used: Array<number>
  readonly readable: Array<number>
  readonly gone: Array<boolean>
  readonly next: Array<number>
  readonly ended: Array<boolean>
  readonly recency: Recency | undefined
}

/** When what was never used was used. */
export const never = Number.NEGATIVE_INFINITY

export const makeHeldPrefixes = (rules: AutomaticRules, state?: State): HeldPrefixes => {
  const { capacity, ttl } = rules
  const { ended, gone, next, readable, recency, used }: State = state ?? {
    used: [],
    readable: [],
    gone: [],
    next: [],
    ended: [],
    recency: capacity === null ? undefined : makeRecency()
  }

  const alive = (node: number, now: number): boolean =>
    now - (used[node] ?? never) < ttl && gone[node] !== true

  return {
    depth: (nodes, now) => {
      let depth = 0
      for (const node of nodes) {
        if (!alive(node, now) || (readable[node] ?? 0) > now) break
        depth++
      }
      return depth
    },
    forksAt: (node, to) => (next[node] ?? 0) !== 0 && next[node] !== to,
    endedAt: (node) => ended[node] === true,
    usedAt: (node) => used[node] ?? never,
    evicted: (node) => gone[node] === true,

    hold: (start, nodes, ends, now, from) => {
      let parent = start
      for (const node of nodes) {
        const length = Math.max(node, parent) + 1
        if (used.length < length) {
          reach(used, length, never)
          reach(readable, length, 0)
          reach(gone, length, false)
          reach(next, length, 0)
          reach(ended, length, false)
        }
        readable[node] = alive(node, now) ? Math.min(readable[node] ?? from, from) : from
        used[node] = now
        gone[node] = false
        next[parent] = next[parent] === 0 || next[parent] === node ? node : -1
        parent = node
      }
      if (nodes.length > 0) ended[parent] = true
      if (recency === undefined || capacity === null) return
      // from the end to the start: of one request, its end is given up first
      for (let i = nodes.length - 1; i >= 0; i--) {
        const tokens = ends === undefined ? 1 : (ends[i] ?? 0) - (ends[i - 1] ?? 0)
        recency.use(nodes[i] ?? 0, tokens)
      }
      while (recency.tokens() > capacity) gone[recency.drop()] = true
    },

    reset: () => {
      used.fill(never)
      gone.fill(false)
      next.fill(0)
      ended.fill(false)
      recency?.reset()
    },
    fork: () =>
      makeHeldPrefixes(rules, {
        used: used.slice(),
        readable: readable.slice(),
        gone: gone.slice(),
        next: next.slice(),
        ended: ended.slice(),
        recency: recency?.fork()
      })
  }
}
