/**
 * A cache that finds the longest prefix of any earlier request: OpenAI's before gpt-5.6, vLLM's, SGLang's and llama.cpp's. By blocks it
 * finds those that are the same from the start on; by token ids it finds every token that is.
 */
import { blame } from "./causes.js"
import { makeHeldPrefixes, never, type HeldPrefixes } from "./heldPrefixes.js"
import type { BlockIds, PrefixCache } from "./PrefixCache.js"
import type { Path } from "./paths.js"
import { makePrefixTree, type PrefixTree } from "./PrefixTree.js"
import type { AutomaticRules } from "./rules.js"

interface Kept {
  readonly blocks: HeldPrefixes
  readonly tokens: HeldPrefixes
  readonly tree: PrefixTree
}

export const makeAutomaticCache = (rules: AutomaticRules, kept?: Kept): PrefixCache => {
  const { keepsAnswers, mayLast, minimum, page, rereadsLast } = rules
  const blocks = kept?.blocks ?? makeHeldPrefixes(rules)
  const tokens = kept?.tokens ?? makeHeldPrefixes(rules)
  const tree = kept?.tree ?? makePrefixTree()

  /** The tokens of a request as a path of their own. */
  let byToken: { readonly start: number; readonly nodes: ReadonlyArray<number> } | undefined
  const tokenPath = (start: number, ids: BlockIds): typeof byToken => {
    const root = tree.child(0, start)
    const nodes: Array<number> = []
    let node = root
    for (const block of ids) {
      for (let i = 0; i < block.length; i++) nodes.push((node = tree.child(node, block[i] ?? 0)))
    }
    return { start: root, nodes }
  }

  const wholeBlocks = ({ ends }: Path, upTo: number): number => {
    let count = 0
    while (count < ends.length && (ends[count] ?? 0) <= upTo) count++
    return count
  }

  return {
    read: (path, request, ids) => {
      byToken = ids === undefined ? undefined : tokenPath(path.start, ids)
      if (request.mode === "none") return { read: 0, blocks: 0, sure: true }
      const now = request.sentAt
      const [held, nodes, start] =
        byToken === undefined ? [blocks, path.nodes, path.start] : [tokens, byToken.nodes, byToken.start]
      const depth = held.depth(nodes, now)
      const common = byToken === undefined ? (path.ends[depth - 1] ?? 0) : depth
      const last = nodes[depth - 1] ?? start
      const next = nodes[depth]
      // the last token of a block may be another one where other text follows: a page that ends with it is not sure
      const open =
        byToken === undefined && next !== undefined && page > 1 && common > 0 && common % page === 0
      const most = rereadsLast ? Math.max(0, Math.min(common, path.total - 1)) : common
      const whole = Math.max(0, most - (most % page) - (open ? page : 0))
      const read = whole < minimum ? 0 : whole
      const sure =
        next === undefined ||
        !(
          open ||
          (byToken === undefined && held.forksAt(last, next)) ||
          (keepsAnswers && held.endedAt(last)) ||
          (mayLast > 0 && now - held.usedAt(next) <= rules.ttl + mayLast)
        )
      return { read, blocks: wholeBlocks(path, read), sure }
    },

    blameKnown: (path, request, { read }, causes) => {
      const { ends, known, nodes } = path
      const end = ends[known - 1] ?? 0
      if (request.mode === "none") {
        blame(causes, { reason: "unmarked", tokens: end - read })
        return 0
      }
      const now = request.sentAt
      const depth = Math.min(known, blocks.depth(nodes, now))
      const common = Math.max(read, ends[depth - 1] ?? 0)
      // the rest of a page, the last token, or a prefix that is too short
      blame(causes, { reason: "below-minimum", tokens: common - read })
      const node = nodes[depth] ?? 0
      const used = blocks.usedAt(node)
      const rest = end - common
      // what was sent and never held was not to be kept
      if (used === never) blame(causes, { reason: "unmarked", tokens: rest })
      else if (now - used >= rules.ttl) blame(causes, { reason: "expired", tokens: rest, idle: now - used })
      else blame(causes, { reason: blocks.evicted(node) ? "evicted" : "first", tokens: rest })
      return 0
    },

    write: (path, request) => {
      if (request.mode === "none") return true
      const from = request.readableAt ?? request.sentAt
      blocks.hold(path.start, path.nodes, path.ends, request.sentAt, from)
      if (byToken !== undefined) tokens.hold(byToken.start, byToken.nodes, undefined, request.sentAt, from)
      return true
    },

    reset: () => {
      blocks.reset()
      tokens.reset()
    },
    fork: () => makeAutomaticCache(rules, { blocks: blocks.fork(), tokens: tokens.fork(), tree })
  }
}
