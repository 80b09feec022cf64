/** What the ledger sums up to, for a person: a row for each group, what all come to, and the trend by day. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type {
  LedgerTotals,
  Percentiles,
  ReportRow,
  TelemetryReport
} from "../../../domain/TelemetryReport.js"
import { sparkline } from "../bars.js"
import { everyDay } from "./days.js"
import { dearest } from "./dearest.js"
import { chosen, fact, factLines, type Facts } from "../facts.js"
import { count, difference, elapsed, money, percent, plural, rate } from "../format.js"
import { type Paint, paint } from "../paint.js"
import type { Style } from "../Style.js"
import { type Column, table } from "../table.js"

/** What a report says where there is nothing to report on. */
export const nothingRecorded = "nothing was recorded in this range"

/** `daily` is the same range by day, for the trends. */
export const reportView =
  (daily: ReadonlyArray<ReportRow>) =>
  (report: TelemetryReport, style: Style): Effect.Effect<string> => {
    if (report.totals.records === 0) return Effect.succeed(nothingRecorded)
    const colors = paint(style)
    const { others, rows } = dearest(report)
    return Effect.map(table([...keyColumns(report.groupBy, rows), ...sumColumns(rows)], style), (drawn) =>
      [
        drawn,
        ...others.map(colors.faint),
        ...factLines(totalFacts(report.totals, colors), colors),
        ...trendFacts(daily, style, colors),
        ...(report.lost === 0 ? [] : [colors.bad(`${plural(report.lost, "record")} could not be kept`)])
      ].join("\n")
    )
  }

/** A column for each thing that rows are grouped by. Names are somebody's choice. */
export const keyColumns = (
  groupBy: TelemetryReport["groupBy"],
  rows: ReadonlyArray<ReportRow>
): ReadonlyArray<Column> =>
  groupBy.map((head, at) => ({
    head,
    rank: 0,
    wraps: true,
    cells: rows.map(({ key }) => chosen(key[at] ?? "–"))
  }))

const sumColumns = (rows: ReadonlyArray<ReportRow>): ReadonlyArray<Column> => {
  const column = (head: string, rank: number, cell: (totals: LedgerTotals) => string): Column => ({
    head,
    rank,
    align: "right",
    cells: rows.map(({ totals }) => cell(totals))
  })
  return [
    column("calls", 0, ({ calls }) => count(calls)),
    column("input", 2, ({ tokens }) => count(tokens.uncachedInput)),
    column("cached", 2, ({ tokens }) => count(tokens.cacheRead)),
    column("written", 4, ({ tokens }) => count(tokens.cacheWrite5m + tokens.cacheWrite1h)),
    column("output", 3, ({ tokens }) => count(tokens.output)),
    column("hit rate", 0, ({ hitRates }) => rate(hitRates.provider)),
    column("local", 3, ({ hitRates }) => rate(hitRates.local)),
    column("spent", 0, spentOf),
    column("saved", 0, ({ saved }) => difference(saved)),
    column("priced", 4, ({ pricingCoverage }) => rate(pricingCoverage)),
    column("p50", 5, ({ latency }) => millis(Option.map(latency.provider, ({ p50 }) => p50))),
    column("p99", 5, ({ latency }) => millis(Option.map(latency.provider, ({ p99 }) => p99)))
  ]
}

/** Whether there were calls, and the price of none of them is known. */
export const isUnpriced = ({ calls, pricingCoverage }: LedgerTotals): boolean =>
  calls > 0 && Option.contains(pricingCoverage, 0)

/** What is known to have been spent; nothing that is known is not nothing that was spent. */
export const spentOf = (totals: LedgerTotals): string =>
  isUnpriced(totals) ? "unknown" : money(Option.some(totals.spent))

const millis = (value: Option.Option<number>): string =>
  Option.match(value, { onNone: () => "–", onSome: elapsed })

/** What all groups come to. */
export const totalFacts = (totals: LedgerTotals, colors: Paint): Facts => {
  const { calls, failed, hitRates, records, savedTokens, tokens } = totals
  const written = tokens.cacheWrite5m + tokens.cacheWrite1h
  const failures = failed === 0 ? "" : colors.bad(`, ${count(failed)} failed`)
  return [
    ["calls", `${count(calls)}${failures}, among ${plural(records, "record")} of operations`],
    [
      "tokens",
      `${count(tokens.uncachedInput)} input, ${count(tokens.cacheRead)} from the provider's cache, ${count(written)} written to it, ${count(tokens.output)} output`
    ],
    [
      "hit rate",
      `${rate(hitRates.provider)} of the input came from the provider's cache; ${rate(hitRates.providerRequests)} of calls read from it`
    ],
    [
      "own cache",
      `${rate(hitRates.local)} of prompts, ${rate(hitRates.answers)} of answers were there already`
    ],
    ...moneyFacts(totals, colors),
    ...(savedTokens === 0
      ? []
      : [["", `${plural(savedTokens, "token")} not read at the full price`] as const]),
    ...latencyFacts(totals.latency)
  ]
}

/** Spent and saved, with how much of it is known. */
export const moneyFacts = (totals: LedgerTotals, colors: Paint): Facts => {
  const { pricingCoverage, saved, writePremium } = totals
  const coverage = Option.match(pricingCoverage, {
    onNone: () => "",
    onSome: (share) =>
      share === 1
        ? "; the price of every call is known"
        : colors.note(`; the price of ${percent(share)} of calls is known: more was spent`)
  })
  const premium =
    writePremium === 0 ? "" : `, net of ${money(Option.some(writePremium))} for writing to caches`
  const paint = saved < 0 ? colors.bad : colors.good
  return [
    ["spent", `${spentOf(totals)}${coverage}`],
    ["saved", `${paint(difference(saved))}${premium}`]
  ]
}

const latencyFacts = ({ firstToken, lookup, provider }: LedgerTotals["latency"]): Facts => {
  const shown = (name: string, found: Option.Option<Percentiles>): Facts =>
    Option.match(found, {
      onNone: () => [],
      onSome: ({ max, p50, p90, p99 }) => [
        [name, `p50 ${elapsed(p50)}, p90 ${elapsed(p90)}, p99 ${elapsed(p99)}, at most ${elapsed(max)}`]
      ]
    })
  return [...shown("lookup", lookup), ...shown("provider", provider), ...shown("1st token", firstToken)]
}

type Trend = readonly [
  name: string,
  of: (totals: LedgerTotals) => Option.Option<number>,
  shown: (value: number) => string
]

const trends: ReadonlyArray<Trend> = [
  ["spent", ({ spent }) => Option.some(spent), (value) => money(Option.some(value))],
  ["saved", ({ saved }) => Option.some(saved), difference],
  ["hit rate", ({ hitRates }) => hitRates.provider, percent]
]

/** A line for each trend, days from left to right. One day is no trend. */
export const trendFacts = (
  daily: ReadonlyArray<ReportRow>,
  style: Style,
  colors: Paint
): ReadonlyArray<string> => {
  const days = everyDay(daily)
  const [first, last] = [days[0], days.at(-1)]
  if (first === undefined || last === undefined || days.length < 2) return []
  return [
    colors.faint(`by day, ${first.day} to ${last.day}`),
    ...trends.flatMap(([name, of, shown]) => {
      const values = days.map(({ totals }) => Option.getOrUndefined(Option.flatMap(totals, of)))
      const known = values.filter((value) => value !== undefined)
      const high = known.length === 0 ? "" : `  at most ${shown(Math.max(...known))}`
      return fact(colors, name, `${sparkline(values, Math.max(10, style.width - 40))}${high}`)
    })
  ]
}
