/** A compiled prompt as the provider's cache sees it in each call: what stays, what changes, and what a warm call reads. */
import * as Option from "effect/Option"
import type { Hash } from "../domain/Hash.js"
import type { TokenCount } from "../domain/Measures.js"
import type { BlockType } from "../domain/PromptBlock.js"
import type { CachePlan, ResolvedScaffold } from "../domain/ResolvedScaffold.js"
import type { Usage } from "../domain/Usage.js"
import { isStable } from "../prompt/layout.js"
import { plannedUsage } from "../prompt/render/cachePlan.js"
import { tokens } from "../prompt/render/tokens.js"

/** `line` is where it starts in its source. `changes` says why it is another in each call, where its type does not say so. */
export interface LaidOutBlock {
  readonly type: BlockType
  readonly name: string | undefined
  readonly hash: Hash
  readonly tokens: number
  readonly line: number | undefined
  readonly changes: string | undefined
}

/** Blocks in the order of the request; `tokens` is all of its input. */
export interface PromptLayout {
  readonly blocks: ReadonlyArray<LaidOutBlock>
  readonly plan: CachePlan
  readonly tokens: TokenCount
}

/**
 * The layout of a resolved prompt. `again` is the same prompt resolved once more: a block that is another there changes in each call.
 * `changes` tells of other blocks that do, by their place counted from 0, and why.
 */
export const layoutOf = (
  resolved: ResolvedScaffold,
  again?: ResolvedScaffold,
  changes: ReadonlyMap<number, string> = new Map()
): PromptLayout => ({
  blocks: resolved.originalScaffold.blocks.map(({ hash, metadata, type }, i) => {
    const second = again?.originalScaffold.blocks[i]
    const name = metadata?.["name"]
    const line = metadata?.["line"]
    return {
      type,
      name: typeof name === "string" ? name : undefined,
      hash,
      tokens: resolved.tokens.perBlock[i] ?? 0,
      line: typeof line === "number" ? line : undefined,
      changes:
        changes.get(i) ??
        (second === undefined || second.hash === hash ? undefined : "is another each time it is resolved")
    }
  }),
  plan: resolved.cachePlan,
  tokens: resolved.tokenCount
})

/** Whether the block is another from call to call. */
export const isVolatile = ({ changes, type }: LaidOutBlock): boolean =>
  changes !== undefined || !isStable(type)

/** How many leading blocks do not change from call to call. */
export const stableBlocksOf = ({ blocks }: PromptLayout): number => {
  const first = blocks.findIndex(isVolatile)
  return first === -1 ? blocks.length : first
}

/** The tokens of those blocks. */
export const stablePrefixOf = (layout: PromptLayout): TokenCount => {
  const { blocks, plan } = layout
  const stable = stableBlocksOf(layout)
  return stable >= plan.stableBlocks
    ? plan.stableTokens
    : tokens(blocks.slice(0, stable).reduce((sum, block) => sum + block.tokens, 0))
}

/** Tokens of blocks that stay the same and are read again all the same, for they stand behind one that changes. */
export const strandedTokensOf = (layout: PromptLayout): TokenCount =>
  tokens(
    layout.blocks
      .slice(stableBlocksOf(layout))
      .reduce((sum, block) => sum + (isVolatile(block) ? 0 : block.tokens), 0)
  )

/**
 * The input of a call that finds cached all that the one before it had in common with it. Where a block changes before a mark, what is
 * between is written anew in each call.
 */
export const warmUsageOf = (layout: PromptLayout): Usage => {
  const { plan } = layout
  const stable = stableBlocksOf(layout)
  const kept: CachePlan = {
    ...plan,
    stableTokens: stablePrefixOf(layout),
    breakpoints: plan.breakpoints.filter(({ block }) => block < stable)
  }
  const { warm } = plannedUsage(kept, layout.tokens)
  const all = plan.breakpoints.at(-1)?.tokens ?? 0
  const read = Option.getOrElse(warm.cacheRead, () => 0)
  if (plan.mode !== "breakpoints" || all <= read) return warm
  const hour = Math.max(read, plan.breakpoints.findLast(({ ttl }) => ttl === "1h")?.tokens ?? 0)
  return {
    ...warm,
    uncachedInput: tokens(layout.tokens - all),
    cacheWrite5m: Option.some(tokens(all - hour)),
    cacheWrite1h: Option.some(tokens(hour - read))
  }
}
