/**
 * The blocks of a prompt's layout, by place: how large they are, how often they change, and which may go
 * where.
 */
import type { RequestBlock } from "../../domain/ProviderRequest.js"
import type { HistoryEntry, Texts } from "./history.js"

/**
 * `volatility` is the share of requests in which the block is another than in the request before of the same
 * scope.
 */
export interface Slot {
  readonly block: RequestBlock
  readonly tokens: number
  readonly volatility: number
}

/** The blocks of the newest request's layout, with what they were over all requests of the prompt. */
export const slotsOf = (members: ReadonlyArray<HistoryEntry>, head: number): ReadonlyArray<Slot> => {
  const newest = members.at(-1)?.request.blocks.slice(0, head) ?? []
  return newest.map((block, i) => {
    const before = new Map<string, string>()
    let tokens = 0
    let changes = 0
    let pairs = 0
    for (const { request } of members) {
      const own = request.blocks[i]
      if (own === undefined) continue
      tokens += own.tokens
      const earlier = before.get(request.scope)
      if (earlier !== undefined) {
        pairs++
        if (earlier !== own.hash) changes++
      }
      before.set(request.scope, own.hash)
    }
    return {
      block,
      tokens: tokens / Math.max(1, members.length),
      volatility: pairs === 0 ? 0 : changes / pairs
    }
  })
}

/** Whether the block is the user's own message, which stays the last of its request. */
export const isPinned = (blocks: ReadonlyArray<RequestBlock>, index: number): boolean => {
  const block = blocks[index]
  return (
    index === blocks.length - 1 &&
    block?.part === "messages" &&
    (block.type === undefined || block.type === "context")
  )
}

/**
 * Pairs of indices whose order stays as it is, because the text of one names the other: "the rules above"
 * must stay above. A name counts as a word of its own.
 */
export const tiedPairs = (
  slots: ReadonlyArray<Slot>,
  texts: Texts
): ReadonlyArray<readonly [before: number, after: number]> => {
  const pairs: Array<readonly [number, number]> = []
  slots.forEach(({ block }, i) => {
    const text = texts(block.hash)
    if (text === undefined) return
    slots.forEach(({ block: { name } }, j) => {
      if (i !== j && name !== undefined && mentions(text, name)) pairs.push([Math.min(i, j), Math.max(i, j)])
    })
  })
  return pairs
}

const wordPart = /[A-Za-z0-9_.:-]/

const mentions = (text: string, name: string): boolean => {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    const around = (text[at - 1] ?? " ") + (text[at + name.length] ?? " ")
    // a full stop or a colon behind a name ends a sentence or starts a list
    if (!wordPart.test(around.replace(/[.:]$/, " "))) return true
  }
  return false
}
