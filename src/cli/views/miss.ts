/** Why a scaffold missed, for a person. */
import * as Option from "effect/Option"
import type { MissExplanation } from "../../domain/Miss.js"
import { money } from "./format.js"
import type { Paint } from "./paint.js"

/**
 * The reason, in the words of the explanation, the parameters that differ besides a block (without one they are the reason
 * and named by it), and what the break costs.
 */
export const missLines = (miss: MissExplanation, colors: Paint): ReadonlyArray<string> => {
  const lines = [`${colors.note("why  ")}  ${miss.summary}`]
  const { comparison } = miss
  if (comparison === undefined) return lines
  for (const { field, new: now, old } of comparison.block === undefined ? [] : comparison.fields) {
    lines.push(`       ${field}: ${old} -> ${now}`)
  }
  if (comparison.tokensReread > 0) {
    lines.push(
      Option.match(miss.rereadCost, {
        onNone: () => "       What reading them again costs is unknown.",
        onSome: (cost) =>
          `       Reading them again costs ${money(Option.some(cost))} more than from the provider's cache.`
      })
    )
  }
  return lines
}
