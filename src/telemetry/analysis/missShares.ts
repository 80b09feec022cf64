/** What one call has of each cause: what the model of the cache blames, held against what the provider reported. */
import type { Cause, Predicted } from "../simulator/Predicted.js"

/**
 * A provider that read less than this share of what its rules give did not have it. Less of a difference is one of counting: blocks are
 * estimated.
 */
const found = 0.9

/**
 * The causes of a call that read `reported` tokens. What it read less than by its rules was there is `evicted`; what it read beyond that
 * begins where the prediction ends, so the first causes are of less.
 */
export const causesOf = (predicted: Predicted, reported: number): ReadonlyArray<Cause> => {
  const { causes, read } = predicted
  if (reported < read * found) return [{ reason: "evicted", tokens: read - reported }, ...causes]
  let more = Math.max(0, reported - read)
  return causes.flatMap((cause) => {
    const less = Math.min(more, cause.tokens)
    more -= less
    const tokens = cause.tokens - less
    const { unchanged } = cause
    if (tokens === 0) return []
    return [
      { ...cause, tokens, ...(unchanged === undefined ? {} : { unchanged: Math.min(unchanged, tokens) }) }
    ]
  })
}

/** What of a cause could have been read: of an edit what did not change itself, and all that was there before and was not found. */
export const avoidable = ({ unchanged = 0, reason, tokens }: Cause): number => {
  switch (reason) {
    case "changed":
    case "added":
    case "removed":
    case "moved":
      return unchanged
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
