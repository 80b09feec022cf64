/** What was spent, on what, and what of it caches could have spared, for a person. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { SpendReport } from "../../../domain/LedgerReports.js"
import type { LedgerTotals, ReportRow } from "../../../domain/TelemetryReport.js"
import { bar } from "../bars.js"
import { factLines } from "../facts.js"
import { difference, money, plural } from "../format.js"
import { paint } from "../paint.js"
import type { Style } from "../Style.js"
import { type Column, table } from "../table.js"
import { dearest } from "./dearest.js"
import { causeLines, missHeading } from "./misses.js"
import { isUnpriced, keyColumns, moneyFacts, nothingRecorded, spentOf, trendFacts } from "./report.js"

const barWidth = 16

export const costView =
  (daily: ReadonlyArray<ReportRow>) =>
  ({ misses, report, wasted }: SpendReport, style: Style): Effect.Effect<string> => {
    if (report.totals.records === 0) return Effect.succeed(nothingRecorded)
    const colors = paint(style)
    const { others, rows } = dearest(report)
    return Effect.map(table([...keyColumns(report.groupBy, rows), ...moneyColumns(rows)], style), (drawn) =>
      [
        drawn,
        ...others.map(colors.faint),
        ...factLines(moneyFacts(report.totals, colors), colors),
        ...trendFacts(daily, style, colors),
        ...(misses.length === 0
          ? []
          : ["", missHeading(misses, wasted, colors), ...causeLines(misses, style, colors)]),
        ...(report.lost === 0 ? [] : [colors.bad(`${plural(report.lost, "record")} could not be kept`)])
      ].join("\n")
    )
  }

const moneyColumns = (rows: ReadonlyArray<ReportRow>): ReadonlyArray<Column> => {
  const usd = (head: string, rank: number, of: (totals: LedgerTotals) => number): Column => ({
    head,
    rank,
    align: "right",
    cells: rows.map(({ totals }) => (isUnpriced(totals) ? "unknown" : money(Option.some(of(totals)))))
  })
  const most = Math.max(0, ...rows.map(({ totals }) => totals.spent))
  return [
    { head: "spent", rank: 0, align: "right", cells: rows.map(({ totals }) => spentOf(totals)) },
    {
      head: "",
      rank: 3,
      cells: rows.map(({ totals }) => (most === 0 ? "" : bar(totals.spent / most, barWidth)))
    },
    { head: "saved", rank: 0, align: "right", cells: rows.map(({ totals }) => difference(totals.saved)) },
    usd("premium", 1, ({ writePremium }) => writePremium),
    usd("input", 2, ({ money: { uncachedInput } }) => uncachedInput),
    usd("cached", 4, ({ money: { cacheRead } }) => cacheRead),
    usd("written", 4, ({ money: { cacheWrite1h, cacheWrite5m } }) => cacheWrite5m + cacheWrite1h),
    usd("output", 2, ({ money: { output } }) => output)
  ]
}
