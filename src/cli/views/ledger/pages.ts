/** Results about the ledger as pages: which figures and tables each has. No prompt text is among them. */
import * as Option from "effect/Option"
import type { CachePerformance } from "../../../domain/CachePerformance.js"
import type { MissCause } from "../../../domain/TelemetryAnalysis.js"
import type { SpendReport } from "../../../domain/LedgerReports.js"
import type {
  LedgerRange,
  LedgerTotals,
  ReportRow,
  TelemetryReport
} from "../../../domain/TelemetryReport.js"
import { count, difference, money } from "../format.js"
import type { Figure, PlainTable, Series, Unit } from "../html/Figure.js"
import type { Page } from "../html/page.js"
import { plainStyle } from "../Style.js"
import type { Facts } from "../facts.js"
import { paint } from "../paint.js"
import { trendName } from "./analysis.js"
import { everyDay } from "./days.js"
import { blamed, byCost } from "./misses.js"
import { recommendationTable } from "./optimizationPage.js"
import { nothingRecorded, totalFacts } from "./report.js"

const rangeFact = ({ from, namespace, to }: LedgerRange): readonly [string, string] => [
  "range",
  `${from ?? "the first record"} to ${to ?? "now"}${namespace === undefined ? "" : `, namespace ${namespace}`}`
]

const plain = paint(plainStyle)

/** The range, and what all in it comes to. */
const sumFacts = (range: LedgerRange, totals: LedgerTotals): Facts => [
  rangeFact(range),
  ...(totals.records === 0 ? [["records", nothingRecorded] as const] : totalFacts(totals, plain))
]

const orNull = (value: Option.Option<number>): number | null => Option.getOrNull(value)

type Of = (totals: LedgerTotals) => number | null

const byDay = (
  daily: ReadonlyArray<ReportRow>,
  title: string,
  note: string,
  unit: Unit,
  series: ReadonlyArray<readonly [string, Of]>,
  stacked = false
): ReadonlyArray<Figure> => {
  const days = everyDay(daily)
  if (days.length === 0) return []
  return [
    {
      title,
      note,
      unit,
      kind: stacked ? "bar" : "line",
      stacked,
      over: "day",
      labels: days.map(({ day }) => day),
      series: series.map(([name, of]) => ({
        name,
        values: days.map(({ totals }) => Option.match(totals, { onNone: () => null, onSome: of }))
      }))
    }
  ]
}

const spentByDay = (daily: ReadonlyArray<ReportRow>): ReadonlyArray<Figure> =>
  byDay(daily, "Spent and saved by day", "USD; saved is net of writing to caches.", "usd", [
    ["spent", ({ spent }) => spent],
    ["saved", ({ saved }) => saved]
  ])

const tokensByDay = (daily: ReadonlyArray<ReportRow>): ReadonlyArray<Figure> =>
  byDay(
    daily,
    "Tokens by day",
    "As providers counted them.",
    "count",
    [
      ["input at the full price", ({ tokens }) => tokens.uncachedInput],
      ["from the provider's cache", ({ tokens }) => tokens.cacheRead],
      ["written to it", ({ tokens }) => tokens.cacheWrite5m + tokens.cacheWrite1h],
      ["output", ({ tokens }) => tokens.output]
    ],
    true
  )

const hitsByDay = (daily: ReadonlyArray<ReportRow>): ReadonlyArray<Figure> =>
  byDay(
    daily,
    "Hit rates by day",
    "Of the input tokens, of the calls, and of lookups in Aegis' own cache.",
    "rate",
    [
      ["tokens from the provider's cache", ({ hitRates }) => orNull(hitRates.provider)],
      ["calls that read from it", ({ hitRates }) => orNull(hitRates.providerRequests)],
      ["lookups in the own cache", ({ hitRates }) => orNull(hitRates.local)]
    ]
  )

const latencyByDay = (daily: ReadonlyArray<ReportRow>): ReadonlyArray<Figure> =>
  byDay(daily, "Latency of providers by day", "Half and 99 of 100 calls took no longer.", "milliseconds", [
    ["p50", ({ latency }) => orNull(Option.map(latency.provider, ({ p50 }) => p50))],
    ["p99", ({ latency }) => orNull(Option.map(latency.provider, ({ p99 }) => p99))]
  ])

/** The most that a chart of groups shows; the table in a terminal has all. */
const mostGroups = 40

const byGroup = (
  { groupBy, rows }: Pick<TelemetryReport, "groupBy" | "rows">,
  title: string,
  series: ReadonlyArray<readonly [string, Of]>
): ReadonlyArray<Figure> => {
  if (rows.length === 0) return []
  const dearest = [...rows].sort((one, other) => other.totals.spent - one.totals.spent).slice(0, mostGroups)
  const more = rows.length > mostGroups ? ` The ${mostGroups} dearest of ${count(rows.length)}.` : ""
  return [
    {
      title: `${title} by ${groupBy.join(" and ")}`,
      note: `USD.${more}`,
      unit: "usd",
      kind: "rows",
      over: groupBy.join(", "),
      labels: dearest.map(({ key }) => key.map((part) => part ?? "–").join(" ")),
      series: series.map(([name, of]): Series => ({ name, values: dearest.map(({ totals }) => of(totals)) }))
    }
  ]
}

export const reportPage = (report: TelemetryReport, daily: ReadonlyArray<ReportRow>): Page => ({
  title: "Aegis: what the ledger sums up to",
  facts: sumFacts(report.range, report.totals),
  figures: [
    ...spentByDay(daily),
    ...hitsByDay(daily),
    ...tokensByDay(daily),
    ...latencyByDay(daily),
    ...byGroup(report, "Spent and saved", [
      ["spent", ({ spent }) => spent],
      ["saved", ({ saved }) => saved]
    ])
  ],
  tables: []
})

export const costPage = ({ misses, report, wasted }: SpendReport, daily: ReadonlyArray<ReportRow>): Page => ({
  title: "Aegis: what was spent",
  facts: [...sumFacts(report.range, report.totals), ["wasted", difference(wasted)]],
  figures: [
    ...spentByDay(daily),
    ...byGroup(report, "Spent, saved and premium for writing to caches", [
      ["spent", ({ spent }) => spent],
      ["saved", ({ saved }) => saved],
      ["write premium", ({ writePremium }) => writePremium]
    ]),
    ...wastedFigure(misses)
  ],
  tables: [missTable(misses)]
})

export const analysisPage = ({ analysis, checks, optimization }: CachePerformance): Page => ({
  title: "Aegis: how the caches do",
  facts: [
    ...sumFacts(analysis.query, analysis.totals),
    ["wasted", difference(analysis.wasted)],
    ...checks.map(
      ({ check, figure, state, threshold }) => [check, `${state}: ${figure} (${threshold})`] as const
    )
  ],
  figures: [
    ...hitsByDay(analysis.byDay),
    ...spentByDay(analysis.byDay),
    ...tokensByDay(analysis.byDay),
    ...latencyByDay(analysis.byDay),
    ...wastedFigure(analysis.misses)
  ],
  tables: [
    missTable(analysis.misses),
    {
      title: "What changed for good",
      heads: ["what", "since", "before", "after"],
      figures: ["before", "after"],
      rows: analysis.performanceTrends.flatMap((trend) =>
        trend.changes.map(({ after, at, before }) => [trendName(trend), at, String(before), String(after)])
      )
    },
    {
      title: "Unusual",
      heads: ["when", "what"],
      rows: analysis.anomalies.map(({ at, summary }) => [at, summary])
    },
    recommendationTable(optimization.recommendations)
  ]
})

const wastedFigure = (misses: ReadonlyArray<MissCause>): ReadonlyArray<Figure> => {
  const priced = byCost(misses).filter(({ cost }) => Option.isSome(cost))
  return priced.length === 0
    ? []
    : [
        {
          title: "What misses cost, by cause",
          note: "USD that reading from the provider's cache would have spared.",
          unit: "usd",
          kind: "rows",
          over: "cause",
          labels: priced.map((cause) =>
            [cause.reason, blamed(cause), cause.model].filter((part) => part !== "").join(", ")
          ),
          series: [{ name: "cost", values: priced.map(({ cost }) => orNull(cost)) }]
        }
      ]
}

const missTable = (misses: ReadonlyArray<MissCause>): PlainTable => ({
  title: "Why input was not read from the cache",
  heads: ["cause", "model", "block", "calls", "tokens", "cost", "in words"],
  figures: ["calls", "tokens", "cost"],
  rows: byCost(misses).map((cause) => [
    cause.reason,
    `${cause.provider} ${cause.model}`,
    blamed(cause),
    count(cause.calls),
    count(cause.tokens),
    money(cause.cost),
    cause.summary
  ])
})
