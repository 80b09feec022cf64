/** Rows of a report by day as a series without gaps: a day on which nothing happened is there, and has nothing. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { LedgerTotals, ReportRow } from "../../../domain/TelemetryReport.js"

export interface Day {
  /** 2026-11-01, of UTC. */
  readonly day: string
  readonly totals: Option.Option<LedgerTotals>
}

/** The longest series that is filled up: a clock that was wrong once draws no line of ten thousand years. */
const most = 3660

/** From the first day that has a row to the last. */
export const everyDay = (rows: ReadonlyArray<ReportRow>): ReadonlyArray<Day> => {
  const found = new Map(
    rows.flatMap(({ key: [day], totals }) => (typeof day === "string" ? [[day, totals]] : []))
  )
  const days = [...found.keys()].sort()
  const [first, last] = [days[0], days.at(-1)]
  if (first === undefined || last === undefined) return []
  const all: Array<string> = []
  for (
    let at = DateTime.make(first);
    Option.isSome(at) && all.length < most;
    at = Option.some(DateTime.add(at.value, { days: 1 }))
  ) {
    const day = DateTime.formatIsoDateUtc(at.value)
    if (day > last) break
    all.push(day)
  }
  const shown = all.at(-1) === last ? all : days
  return shown.map((day) => ({ day, totals: Option.fromNullable(found.get(day)) }))
}
