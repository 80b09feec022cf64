/** Where a request marks the ends of prefixes that its provider shall keep. */
import type { BlockType } from "../../domain/PromptBlock.js"
import type { Breakpoint } from "../../domain/ResolvedScaffold.js"
import { tokens } from "./tokens.js"

/** A leading block that does not change from call to call; `prefixTokens` are all tokens up to its end. */
export interface StableBlock {
  readonly type: BlockType
  readonly prefixTokens: number
}

/** Both Anthropic and OpenAI keep at most four marks of a request. */
const limit = 4

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
  const candidates = blocks.flatMap(({ prefixTokens }, i) =>
    prefixTokens >= (minimumTokens ?? 0) ? [i] : []
  )
  const chosen = new Set(
    candidates.filter((i) => i === blocks.length - 1 || blocks[i]?.type !== blocks[i + 1]?.type).slice(-limit)
  )
  while (chosen.size < Math.min(limit, candidates.length)) {
    const next = bridge(candidates, chosen) ?? candidates.findLast((i) => !chosen.has(i))
    if (next === undefined) break
    chosen.add(next)
  }
  return [...chosen].sort((a, b) => a - b)
}

/** The end that follows a mark at the lookback's reach, where the next mark is farther away than that. */
const bridge = (candidates: ReadonlyArray<number>, chosen: ReadonlySet<number>): number | undefined => {
  const first = candidates[0] ?? 0
  const marks = [first - 1, ...[...chosen].sort((a, b) => a - b)]
  for (let k = 1; k < marks.length; k++) {
    const [from, to] = [marks[k - 1] ?? 0, marks[k] ?? 0]
    if (to - from <= lookback) continue
    const next = candidates.findLast((i) => i > from && i <= from + lookback && !chosen.has(i))
    if (next !== undefined) return next
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
  let short = false
  return placeBreakpoints(blocks, minimumTokens).flatMap((block) => {
    const marked = blocks[block]
    if (marked === undefined) return []
    const own = ttl(marked.type)
    short ||= own === "5m"
    return [{ block, tokens: tokens(marked.prefixTokens), ttl: short ? "5m" : own }]
  })
}
