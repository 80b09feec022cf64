/** Why did it miss? Where two prompts part, and what the provider must read again because of it. */
import type { TokenCount } from "../domain/Measures.js"
import type { BlockDifference, FieldDifference, PrefixComparison } from "../domain/Miss.js"
import type { KeyBlock, KeyParameters } from "./key.js"
import { stability } from "./layout.js"

/** A block with its size. `line` is where it starts in its source, where that is known. */
export interface PrefixBlock extends KeyBlock {
  readonly tokens: number
  readonly line?: number | undefined
}

/** What is compared: the parameters of the key and the blocks, in layout order. */
export interface PrefixSubject {
  readonly parameters: KeyParameters
  readonly blocks: ReadonlyArray<PrefixBlock>
}

/**
 * Compares two scaffolds block by block from the start, as a provider's prefix cache does. Tokens are those of the
 * current one: kept before the first difference, read again from there on.
 */
export const comparePrefix = (previous: PrefixSubject, current: PrefixSubject): PrefixComparison => {
  const blocksKept = commonPrefix(previous.blocks, current.blocks)
  const block = firstDifference(previous.blocks, current.blocks, blocksKept)
  return {
    ...(block === undefined ? {} : { block }),
    fields: changedFields(previous.parameters, current.parameters),
    blocksKept,
    tokensKept: sumTokens(current.blocks.slice(0, blocksKept)),
    tokensReread: sumTokens(current.blocks.slice(blocksKept))
  }
}

/** How many leading blocks two prompts have in common. */
export const commonPrefix = (previous: ReadonlyArray<KeyBlock>, current: ReadonlyArray<KeyBlock>): number => {
  const different = current.findIndex((block, i) => !sameBlock(block, previous[i]))
  return different === -1 ? current.length : different
}

const sameBlock = (a: KeyBlock, b: KeyBlock | undefined): boolean =>
  b !== undefined && a.hash === b.hash && a.type === b.type && a.name === b.name

// a sum of token counts is a token count
const sumTokens = (blocks: ReadonlyArray<PrefixBlock>): TokenCount =>
  blocks.reduce((sum, block) => sum + block.tokens, 0) as TokenCount

const firstDifference = (
  previous: ReadonlyArray<PrefixBlock>,
  current: ReadonlyArray<PrefixBlock>,
  index: number
): BlockDifference | undefined => {
  const before = previous[index]
  const now = current[index]
  if (before === undefined && now === undefined) return undefined
  if (before === undefined && now !== undefined) return difference("added", index, undefined, now)
  if (before !== undefined && now === undefined) return difference("removed", index, before, undefined)
  if (before === undefined || now === undefined) return undefined
  const nowWasThere = previous.slice(index + 1).some((block) => sameBlock(now, block))
  const beforeIsThere = current.slice(index + 1).some((block) => sameBlock(before, block))
  if (nowWasThere && beforeIsThere) return difference("moved", index, undefined, now)
  if (nowWasThere) return difference("removed", index, before, undefined)
  if (beforeIsThere) return difference("added", index, undefined, now)
  if (before.type === now.type) return difference("changed", index, before, now)
  // one went and another came: name the one that breaks the order of the older prompt
  return stability[now.type] < stability[before.type]
    ? difference("added", index, undefined, now)
    : difference("removed", index, before, undefined)
}

const difference = (
  change: BlockDifference["change"],
  index: number,
  before: PrefixBlock | undefined,
  now: PrefixBlock | undefined
): BlockDifference | undefined => {
  const shown = now ?? before
  const line = now?.line
  return shown === undefined
    ? undefined
    : {
        change,
        index,
        type: shown.type,
        ...(shown.name === undefined ? {} : { name: shown.name }),
        ...(line === undefined ? {} : { line }),
        ...(before === undefined ? {} : { oldHash: before.hash }),
        ...(now === undefined ? {} : { newHash: now.hash })
      }
}

const fieldNames = [
  "provider",
  "model",
  "temperature",
  "seed",
  "rulepacks",
  "context",
  "layout",
  "marks",
  "adapter"
] as const satisfies ReadonlyArray<keyof KeyParameters>

const changedFields = (previous: KeyParameters, current: KeyParameters): ReadonlyArray<FieldDifference> =>
  fieldNames
    .filter((field) => previous[field] !== current[field])
    .map((field) => ({
      field,
      old: JSON.stringify(previous[field] ?? null),
      new: JSON.stringify(current[field] ?? null)
    }))
    // lists of the same packs are two objects
    .filter((pair) => pair.old !== pair.new)
