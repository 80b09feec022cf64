/** What there is to find about a prompt that was changed, each with its sentence. */
import { totalInput } from "../domain/Usage.js"
import { isStable } from "../prompt/layout.js"
import {
  isVolatile,
  stableBlocksOf,
  stablePrefixOf,
  strandedTokensOf,
  warmUsageOf,
  type LaidOutBlock,
  type PromptLayout
} from "./promptLayout.js"
import type { ReplayedCosts } from "./replayedCosts.js"
import { capital, figure } from "./words.js"

/**
 * - `became-volatile`: a block is another in each call and was not
 * - `volatile-before-stable`: a block that changes was put before one that does not
 * - `prefix-shortened`: less of what does not change leads the request; not where text was only taken out of it
 * - `tokens-grown`, `warm-cost`, `replayed-cost`: more than before, by `increase` as a share of before
 *
 * `tokens` are those that are read again in each call because of it, or by how many the request has grown.
 */
export interface EconomicsFinding {
  readonly kind:
    | "became-volatile"
    | "volatile-before-stable"
    | "prefix-shortened"
    | "tokens-grown"
    | "warm-cost"
    | "replayed-cost"
  readonly summary: string
  readonly tokens?: number
  readonly increase?: number
}

const dollars = (usd: number, places: number): string => `USD ${usd.toFixed(places)}`
const percent = (increase: number): string => `+${(increase * 100).toFixed(1)} %`

/** A block as people find it: its place from 1, its tag, its name and its line. */
const titleOf = ({ line, name, type }: LaidOutBlock, index: number): string =>
  `block ${index + 1} <${type}>` +
  (name === undefined ? "" : ` ${JSON.stringify(name)}`) +
  (line === undefined ? "" : ` (line ${line})`)

/** The block of the other layout that is this one: the same text, or the same name and type; unnamed ones by their order. */
const counterpartOf = (layout: PromptLayout, index: number, other: PromptLayout): number | undefined => {
  const block = layout.blocks[index]
  if (block === undefined) return undefined
  const sameText = other.blocks.findIndex(({ hash }) => hash === block.hash)
  if (sameText !== -1) return sameText
  const isAlike = ({ name, type }: LaidOutBlock): boolean => name === block.name && type === block.type
  const nth = layout.blocks.slice(0, index).filter(isAlike).length
  return other.blocks.flatMap((each, i) => (isAlike(each) ? [i] : []))[nth]
}

/** Tokens that stay the same behind a block. */
const stableBehind = ({ blocks }: PromptLayout, index: number): number =>
  blocks.slice(index + 1).reduce((sum, block) => sum + (isVolatile(block) ? 0 : block.tokens), 0)

/** Whether the block changes in each call and did not. In a new prompt it does where its type does not say so. */
const becameVolatile = (after: PromptLayout, index: number, before: PromptLayout | undefined): boolean => {
  const block = after.blocks[index]
  if (block === undefined || !isVolatile(block)) return false
  const was = before === undefined ? undefined : counterpartOf(after, index, before)
  const old = was === undefined ? undefined : before?.blocks[was]
  return old === undefined ? isStable(block.type) : !isVolatile(old)
}

/** Blocks that change in each call and did not, and those that change as ever but were put before others that do not. */
export const volatileFindings = (
  before: PromptLayout | undefined,
  after: PromptLayout
): ReadonlyArray<EconomicsFinding> =>
  after.blocks.flatMap((block, index): ReadonlyArray<EconomicsFinding> => {
    if (!isVolatile(block)) return []
    const title = titleOf(block, index)
    const behind = stableBehind(after, index)
    if (becameVolatile(after, index, before)) {
      const why = block.changes ?? "is of a type that is not kept"
      const more =
        behind === 0 ? "" : `, and so are the ${figure(behind)} tokens behind it that stay the same`
      return [
        {
          kind: "became-volatile",
          tokens: block.tokens + behind,
          summary: `${capital(title)} ${why}: its ${figure(block.tokens)} tokens are read again in each call${more}.`
        }
      ]
    }
    if (before === undefined || behind === 0) return []
    const was = counterpartOf(after, index, before)
    if (was !== undefined && stableBehind(before, was) > 0) return []
    return [
      {
        kind: "volatile-before-stable",
        tokens: behind,
        summary: `${capital(title)} changes from call to call and stands before ${figure(behind)} tokens that do not: they are read again whenever it does. Put it last.`
      }
    ]
  })

/** Input tokens that a warm call does not find. */
const rereadOf = (layout: PromptLayout): number => {
  const usage = warmUsageOf(layout)
  return totalInput(usage) - (usage.cacheRead._tag === "Some" ? usage.cacheRead.value : 0)
}

export const prefixFindings = (
  before: PromptLayout,
  after: PromptLayout
): ReadonlyArray<EconomicsFinding> => {
  const now = stablePrefixOf(after)
  const then = stablePrefixOf(before)
  const index = stableBlocksOf(after)
  const breaker = after.blocks[index]
  if (now >= then || breaker === undefined) return []
  // a guide that says less is no harm: something must be read again that was not
  if (strandedTokensOf(after) <= strandedTokensOf(before) && !becameVolatile(after, index, before)) return []
  const tokens = Math.max(0, rereadOf(after) - rereadOf(before))
  return [
    {
      kind: "prefix-shortened",
      tokens,
      summary: `The stable prefix is ${figure(now)} tokens instead of ${figure(then)}: ${titleOf(breaker, index)} ends it. A warm call reads ${figure(tokens)} more tokens again.`
    }
  ]
}

export const tokenFindings = (before: PromptLayout, after: PromptLayout): ReadonlyArray<EconomicsFinding> =>
  after.tokens <= before.tokens
    ? []
    : [
        {
          kind: "tokens-grown",
          tokens: after.tokens - before.tokens,
          ...grown(
            before.tokens,
            after.tokens,
            (share) =>
              `The prompt is ${figure(after.tokens)} tokens instead of ${figure(before.tokens)}${share}.`
          )
        }
      ]

export const warmFindings = (before: number, after: number): ReadonlyArray<EconomicsFinding> =>
  after <= before
    ? []
    : [
        {
          kind: "warm-cost",
          ...grown(
            before,
            after,
            (share) =>
              `The input of a warm call costs ${dollars(after, 6)} instead of ${dollars(before, 6)}${share}: ${dollars((after - before) * 1000, 2)} more per 1,000 calls.`
          )
        }
      ]

export const replayedFindings = ({
  after,
  before,
  calls,
  from,
  to
}: ReplayedCosts): ReadonlyArray<EconomicsFinding> =>
  after <= before
    ? []
    : [
        {
          kind: "replayed-cost",
          ...grown(
            before,
            after,
            (share) =>
              `The input of the ${figure(calls)} ${calls === 1 ? "call" : "calls"} recorded from ${from} to ${to} would have cost ${dollars(after, 4)} instead of ${dollars(before, 4)}${share}.`
          )
        }
      ]

/** There is no share of nothing. */
const grown = (
  before: number,
  after: number,
  summary: (share: string) => string
): Pick<EconomicsFinding, "increase" | "summary"> => {
  if (before === 0) return { summary: summary("") }
  const increase = after / before - 1
  return { increase, summary: summary(` (${percent(increase)})`) }
}
