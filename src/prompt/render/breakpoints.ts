/** Where a request marks the ends of prefixes that its provider shall keep, where its author does not say. */
import type { BlockType } from "../../domain/PromptBlock.js"
import type { Breakpoint } from "../../domain/ResolvedScaffold.js"
import { tokens } from "./tokens.js"

/** A leading block that does not change from call to call; `prefixTokens` are all tokens up to its end. */
export interface StableBlock {
  readonly type: BlockType
  readonly prefixTokens: number
}

/** Both Anthropic and OpenAI keep at most four marks of a request. */
export const mostMarks = 4

/** Anthropic looks for an older mark at most 20 blocks before each of ours. */
const lookback = 20

/**
 * The blocks to mark, ascending. Only ends whose prefix reaches the minimum count. Of those, first the ends of runs of
 * one type, the later ones before the earlier: an edit in one type keeps the prefix of the types before it. Then, while
 * there are marks left, ends that bridge gaps longer than the lookback, then the latest ends, where text is added.
 */
export const placeBreakpoints = (
  blocks: ReadonlyArray<StableBlock>,
  minimumTokens: number | null
): ReadonlyArray<number> => {
  const ends = blocks.flatMap(({ prefixTokens, type }, block) =>
    prefixTokens >= (minimumTokens ?? 0) ? [{ block, endsRun: type !== blocks[block + 1]?.type }] : []
  )
  const candidates = ends.map(({ block }) => block)
  const chosen = new Set(
    ends
      .filter(({ endsRun }) => endsRun)
      .slice(-mostMarks)
      .map(({ block }) => block)
  )
  while (chosen.size < mostMarks) {
    const next = bridge(candidates, chosen) ?? candidates.findLast((block) => !chosen.has(block))
    if (next === undefined) break
    chosen.add(next)
  }
  return [...chosen].sort((a, b) => a - b)
}

/** The last end within the lookback of a mark, where the next mark is farther away than that. */
const bridge = (candidates: ReadonlyArray<number>, chosen: ReadonlySet<number>): number | undefined => {
  let mark: number | undefined
  let reach: number | undefined
  for (const block of candidates) {
    mark ??= block - 1
    if (block - mark > lookback) return reach
    reach = chosen.has(block) ? undefined : block
    if (reach === undefined) mark = block
  }
  return undefined
}

/** The time to live of a mark after a block of this type. */
export type Ttl = (type: BlockType) => string

/**
 * Anthropic's rule. Requirements and style guides change with decisions, not with edits: they are written once per hour
 * at twice the input price instead of once per pause of five minutes at 1.25 times, which is cheaper from the second
 * request on whenever people think for longer than that, and costs 0.75 times their own few tokens when they do not. A
 * file map is the large part and changes with the code: an hour would often be paid for text that is gone.
 */
export const anthropicTtl: Ttl = (type) => (type === "requirements" || type === "style_guide" ? "1h" : "5m")

/** OpenAI has one time to live. */
export const openAiTtl: Ttl = () => "30m"

/** The marks with their sizes. A longer time to live may not follow a shorter one: after the first 5m all are 5m. */
export const breakpointsOf = (
  blocks: ReadonlyArray<StableBlock>,
  minimumTokens: number | null,
  ttl: Ttl
): ReadonlyArray<Breakpoint> => {
  const places = new Set(placeBreakpoints(blocks, minimumTokens))
  let short = false
  return blocks.flatMap(({ prefixTokens, type }, block) => {
    if (!places.has(block)) return []
    const own = ttl(type)
    short ||= own === "5m"
    return [{ block, tokens: tokens(prefixTokens), ttl: short ? "5m" : own }]
  })
}
