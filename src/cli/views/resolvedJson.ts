/** A resolved scaffold as `--json` prints it, written without its schema. A test holds it to what the schema encodes. */
import * as Option from "effect/Option"
import type { ResolvedScaffold } from "../../domain/ResolvedScaffold.js"

/** One line of JSON. Throws a RangeError where the context is deeper than `JSON.stringify` can go. */
export const resolvedJson = (resolved: ResolvedScaffold): string => {
  const { cold, uncached, warm } = resolved.cost
  return JSON.stringify({
    ...resolved,
    estimatedCost: Option.getOrNull(resolved.estimatedCost),
    cost: {
      ...resolved.cost,
      uncached: Option.getOrNull(uncached),
      cold: Option.getOrNull(cold),
      warm: Option.getOrNull(warm)
    }
  })
}
