/** What the rows of a report are grouped by, as it is typed: `day,model`. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { nearest } from "../domain/nearest.js"
import { GroupBy } from "../domain/TelemetryReport.js"
import { UsageError } from "./UsageError.js"

const isGroupBy = (word: string): word is GroupBy => GroupBy.literals.some((literal) => literal === word)

/** In the order that was typed; what is named twice counts once. */
export const groupByOption = (
  given: Option.Option<string>,
  otherwise: ReadonlyArray<GroupBy>
): Effect.Effect<ReadonlyArray<GroupBy>, UsageError> => {
  if (Option.isNone(given)) return Effect.succeed(otherwise)
  const words = [...new Set(given.value.split(",").map((word) => word.trim()))]
  const unknown = words.find((word) => !isGroupBy(word))
  if (unknown === undefined) return Effect.succeed(words.filter(isGroupBy))
  const meant = nearest(unknown, GroupBy.literals)
  return new UsageError({
    problem: `--by "${unknown}" is nothing to group by`,
    fix: `${meant === undefined ? "" : `Did you mean "${meant}"? `}There are: ${GroupBy.literals.join(", ")}; commas between.`
  })
}
