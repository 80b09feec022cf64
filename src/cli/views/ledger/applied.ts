/** What patches came to, for a person: each prompt before and after. */
import type { AppliedPatch } from "../../../domain/LedgerReports.js"
import { chosen } from "../facts.js"
import { count, money } from "../format.js"
import { paint } from "../paint.js"
import type { Style } from "../Style.js"

export const appliedLines = (applied: ReadonlyArray<AppliedPatch>, style: Style): ReadonlyArray<string> => {
  const colors = paint(style)
  return applied.flatMap(({ after, before, file, written }) => [
    "",
    `${written ? colors.good("patched") : colors.note("would patch")} ${chosen(file)}`,
    `  stable prefix  ${count(before.stablePrefix)} -> ${count(after.stablePrefix)} tokens of ${count(before.tokens)} -> ${count(after.tokens)}`,
    `  warm request   ${money(before.warmCost)} -> ${money(after.warmCost)}`
  ])
}
