/** How a provider's prefix cache will see a request, and what to tell about it. */
import * as Option from "effect/Option"
import type { TokenCount } from "../../domain/Measures.js"
import type { BlockType } from "../../domain/PromptBlock.js"
import type { Breakpoint, CachePlan, Warning } from "../../domain/ResolvedScaffold.js"
import type { Usage } from "../../domain/Usage.js"
import { isStable } from "../layout.js"
import type { ModelFacts } from "../models/ModelFacts.js"
import { tokens } from "./tokens.js"

/** The plan of a request whose `stableBlocks` leading blocks do not change from call to call. */
export const cachePlanOf = (
  facts: ModelFacts,
  breakpoints: ReadonlyArray<Breakpoint>,
  stableBlocks: number,
  stableTokens: number
): CachePlan => ({
  mode:
    facts.caching === "automatic"
      ? "automatic"
      : facts.caching === "marked" && breakpoints.length > 0
        ? "breakpoints"
        : "none",
  minimumTokens: facts.minimumCacheTokens === null ? null : tokens(facts.minimumCacheTokens),
  breakpoints,
  stableBlocks,
  stableTokens: tokens(stableTokens)
})

/** What keeps the provider from caching as much as it could. */
export const cacheWarnings = (
  model: string,
  facts: ModelFacts,
  plan: CachePlan,
  types: ReadonlyArray<BlockType>
): ReadonlyArray<Warning> => {
  const warnings: Array<Warning> = []
  const late = types.findIndex((type, i) => isStable(type) && types.slice(0, i).some((t) => !isStable(t)))
  if (late !== -1) {
    warnings.push({
      code: "volatile-before-stable",
      message: `A context block stands before <${types[late] ?? ""}>: whenever it changes, the provider reads everything after it again. Use the layout stable-first, or put it last.`
    })
  }
  if (facts.caching === "none" || plan.stableBlocks === 0) return warnings
  if (plan.minimumTokens !== null && plan.stableTokens < plan.minimumTokens) {
    warnings.push({
      code: "below-minimum",
      message: `The stable prefix is ${plan.stableTokens} tokens; ${model} caches from ${plan.minimumTokens}. The provider will read it anew each time.`
    })
  }
  if (facts.caching === "marked" && plan.minimumTokens === null) {
    warnings.push({
      code: "minimum-unknown",
      message: `It is not known from how many tokens ${model} caches: the marks are set, and may have no effect on a short prefix.`
    })
  }
  return warnings
}

/** The usage of one request whose input is split like this; what is left of `total` is not cached. */
const usage = (total: number, read: number, write5m: number, write1h: number): Usage => ({
  uncachedInput: tokens(total - read - write5m - write1h),
  cacheRead: Option.some(tokens(read)),
  cacheWrite5m: Option.some(tokens(write5m)),
  cacheWrite1h: Option.some(tokens(write1h)),
  output: tokens(0),
  reasoning: Option.none()
})

/** The input of a request without a provider's cache, of the first one with it, and of one that finds its prefix. */
export interface PlannedUsage {
  readonly uncached: Usage
  readonly cold: Usage
  readonly warm: Usage
}

/**
 * What the plan means for the bill. Up to the last mark of an hour tokens are written for an hour, from there to the
 * last mark for less; a provider that caches by itself writes for nothing. A prefix below the minimum is not kept.
 */
export const plannedUsage = (plan: CachePlan, total: TokenCount): PlannedUsage => {
  const uncached = usage(total, 0, 0, 0)
  if (plan.mode === "automatic") {
    const kept = plan.stableTokens >= (plan.minimumTokens ?? 0) ? plan.stableTokens : 0
    return { uncached, cold: uncached, warm: usage(total, kept, 0, 0) }
  }
  const last = plan.breakpoints.at(-1)
  if (last === undefined) return { uncached, cold: uncached, warm: uncached }
  const hour = plan.breakpoints.findLast(({ ttl }) => ttl === "1h")?.tokens ?? 0
  return {
    uncached,
    cold: usage(total, 0, last.tokens - hour, hour),
    warm: usage(total, last.tokens, 0, 0)
  }
}
