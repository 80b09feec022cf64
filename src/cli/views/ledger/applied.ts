/** What patches come to, for a person: what each saved over the history, and its prompt before and after. */
import * as Option from "effect/Option"
import type { OptimizeResult } from "../../../domain/LedgerReports.js"
import { chosen } from "../facts.js"
import { count, money, percent, plural } from "../format.js"
import { paint } from "../paint.js"
import type { Style } from "../Style.js"

/**
 * The saving is that of the history. A warm request of the file as it stands says nothing about it: what is another text in each call is
 * one text in the file.
 */
export const appliedLines = (
  { applied, recommendations }: OptimizeResult,
  style: Style
): ReadonlyArray<string> => {
  const colors = paint(style)
  return applied.flatMap(({ after, before, file, id, written }) => {
    const of = recommendations.find((one) => one.id === id)
    return [
      "",
      `${written ? colors.good("patched") : colors.note("would patch")} ${chosen(file)}  ${colors.faint(id)}`,
      ...(of === undefined || of.before.cost === 0
        ? []
        : [
            `  saves          ${money(Option.some(of.potentialSavings))} (${percent(of.potentialSavings / of.before.cost)}) of ${plural(of.before.requests, "request")}, replayed`
          ]),
      `  stable prefix  ${count(before.stablePrefix)} -> ${count(after.stablePrefix)} tokens of ${count(before.tokens)} -> ${count(after.tokens)}, of the file as it stands`
    ]
  })
}
