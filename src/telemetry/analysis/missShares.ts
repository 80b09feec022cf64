/** What one call has of each cause, in the tokens that its provider counted. */
import * as Option from "effect/Option"
import type { MissReason } from "../../domain/TelemetryAnalysis.js"
import { totalInput, type Usage } from "../../domain/Usage.js"
import type { Cause, Predicted } from "../simulator/Predicted.js"

/** Blocks are estimated: a provider that read less than was predicted by less than this share of the input read what was predicted. */
const tolerance = 0.05

/** `behind` of the tokens had been there before, behind what differed. */
export interface Share {
  readonly reason: MissReason
  readonly tokens: number
  readonly behind: number
  readonly block?: number | undefined
  readonly idle?: number | undefined
}

/**
 * The causes of a call, scaled so that they sum to what the provider did not read. Where it read less than by its rules was there, the rest
 * is `evicted`. Where it does not say how much it read, what is predicted is taken for it.
 */
export const sharesOf = (predicted: Predicted, usage: Usage | undefined): ReadonlyArray<Share> => {
  const { causes, read } = predicted
  const unread = causes.reduce((sum, cause) => sum + cause.tokens, 0)
  const estimated = read + unread
  const total = usage === undefined ? estimated : totalInput(usage)
  const found = Option.getOrElse(
    Option.flatMap(Option.fromNullable(usage), ({ cacheRead }) => cacheRead),
    () => (estimated === 0 ? 0 : (read / estimated) * total)
  )
  const expected = estimated === 0 ? 0 : (read / estimated) * total
  const missing = expected - found > tolerance * total ? expected - found : 0
  const scale = unread === 0 ? 0 : Math.max(0, total - found - missing) / unread
  const scaled = causes.map(({ behind = 0, block, idle, reason, tokens }: Cause): Share => ({
    reason,
    block,
    idle,
    tokens: Math.round(tokens * scale),
    behind: Math.round(behind * scale)
  }))
  const evicted: Share = { reason: "evicted", tokens: Math.round(missing), behind: Math.round(missing) }
  return [...scaled, evicted].filter(({ tokens }) => tokens > 0)
}

/** What of a cause could have been read: of an edit what stands behind it, and all that was there before and was not found. */
export const avoidable = ({ behind, reason, tokens }: Share): number => {
  switch (reason) {
    case "changed":
    case "added":
    case "removed":
    case "moved":
      return behind
    case "expired":
    case "key":
    case "unmarked":
    case "evicted":
      return tokens
    case "first":
    case "below-minimum":
      return 0
  }
}
