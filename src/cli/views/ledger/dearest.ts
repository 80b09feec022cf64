/** The groups of a report that a person reads. */
import * as Option from "effect/Option"
import type { ReportRow, TelemetryReport } from "../../../domain/TelemetryReport.js"
import { money, plural } from "../format.js"

/** Groups shown at most, but for stretches of time. */
const most = 20

/** `others` says what is left out, on a line of its own. */
export interface Dearest {
  readonly rows: ReadonlyArray<ReportRow>
  readonly others: ReadonlyArray<string>
}

/** All groups where there are few, or where they are in the order of time; otherwise those on which most was spent. */
export const dearest = ({ groupBy, rows }: Pick<TelemetryReport, "groupBy" | "rows">): Dearest => {
  if (rows.length <= most || groupBy.includes("day") || groupBy.includes("hour")) return { rows, others: [] }
  const sorted = rows.toSorted((a, b) => b.totals.spent - a.totals.spent)
  const left = sorted.slice(most)
  const spent = left.reduce((sum, { totals }) => sum + totals.spent, 0)
  return {
    rows: sorted.slice(0, most),
    others: [
      `and ${plural(left.length, "more group")}, which came to ${money(Option.some(spent))}: --json has all`
    ]
  }
}
