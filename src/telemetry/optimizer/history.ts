/**
 * What an optimizer looks at: requests that were sent, what they used, and which of them are of one prompt.
 */
import type { Hash } from "../../domain/Hash.js"
import type { BlockRef } from "../../domain/Optimization.js"
import type { ProviderRequest, RequestBlock } from "../../domain/ProviderRequest.js"
import type { Usage } from "../../domain/Usage.js"

/** A request that was sent. `id` is that of its record, `usage` what its provider reported. */
export interface HistoryEntry {
  readonly id: string
  readonly request: ProviderRequest
  readonly usage: Usage
}

/** The text of a part, where it is known. */
export type Texts = (hash: Hash) => string | undefined

/** Turns of a conversation: what nobody gave a type or a name is not a part of the prompt's layout. */
const isTurn = (block: RequestBlock): boolean =>
  block.part === "messages" && block.type === undefined && block.name === undefined

/** How many leading blocks are the prompt's own. */
export const headLength = ({ blocks }: ProviderRequest): number => {
  const turn = blocks.findIndex(isTurn)
  return turn === -1 ? blocks.length : turn
}

/** The blocks that requests of one prompt have in common. */
export const promptOf = (request: ProviderRequest): ReadonlyArray<BlockRef> =>
  request.blocks.slice(0, headLength(request)).map(refOf)

/** A block by its place and names. */
export const refOf = ({ name, type }: Pick<RequestBlock, "name" | "type">, index: number): BlockRef => ({
  index,
  ...(type === undefined ? {} : { type }),
  ...(name === undefined ? {} : { name })
})

/** Requests whose keys are equal are of one prompt. */
export const promptKey = (request: ProviderRequest): string =>
  request.blocks
    .slice(0, headLength(request))
    .map(({ name, type }) => `${type ?? ""} ${name ?? ""}`)
    .join("\n")

/** Whether the block of a request is the one that is meant. */
export const isBlock = (ref: BlockRef, block: RequestBlock | undefined): block is RequestBlock =>
  block !== undefined && block.type === ref.type && block.name === ref.name

/**
 * The requests in the order in which they were sent; those of one instant in the order in which they are
 * given.
 */
export const inOrder = (history: ReadonlyArray<HistoryEntry>): ReadonlyArray<HistoryEntry> =>
  history.every((entry, i) => i === 0 || (history[i - 1]?.request.sentAt ?? 0) <= entry.request.sentAt)
    ? history
    : history.toSorted((a, b) => a.request.sentAt - b.request.sentAt)

/**
 * The prefix of a request that its provider keeps: the hashes up to its last mark, or of all of it where it
 * has none.
 */
export const prefixOf = ({ blocks, marks }: ProviderRequest): string =>
  blocks
    .slice(0, marks.length === 0 ? blocks.length : 1 + Math.max(...marks.map(({ block }) => block)))
    .map(({ hash }) => hash)
    .join()
