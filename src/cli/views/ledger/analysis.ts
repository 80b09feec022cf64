/** What the ledger says about the caches, for a person: why input was read again, what changed for good, what to do. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CachePerformance, Check } from "../../../domain/CachePerformance.js"
import type { OptimizationReport } from "../../../domain/Optimization.js"
import type { BlockFacts, PerformanceTrend, TelemetryAnalysis } from "../../../domain/TelemetryAnalysis.js"
import { sparkline } from "../bars.js"
import { chosen, factLines } from "../facts.js"
import { count, cut, elapsed, money, percent } from "../format.js"
import { type Paint, paint } from "../paint.js"
import type { Style } from "../Style.js"
import { type Column, table } from "../table.js"
import { abstentionLines } from "./calibration.js"
import { causeLines, missHeading } from "./misses.js"
import { nothingRecorded, totalFacts } from "./report.js"

export const performanceView = (
  { analysis, checks, optimization }: CachePerformance,
  style: Style
): Effect.Effect<string> =>
  Effect.gen(function* () {
    const colors = paint(style)
    const judged = checks.flatMap((check) => checkLines(check, colors))
    if (analysis.totals.records === 0) return [nothingRecorded, ...judged].join("\n")
    const blocks = analysis.blocks.length === 0 ? "" : yield* blocksTable(analysis.blocks, style)
    return sections([
      factLines(totalFacts(analysis.totals, colors), colors),
      missSection(analysis, style, colors),
      blocks === "" ? [] : [blocks],
      analysis.performanceTrends.flatMap((trend) => trendLines(trend, style, colors)),
      analysis.anomalies.map(
        ({ at, summary }) => `${colors.note("unusual")}  ${at}  ${cut(summary, style.width)}`
      ),
      recommendationSection(optimization, colors),
      judged
    ])
  })

const sections = (all: ReadonlyArray<ReadonlyArray<string>>): string =>
  all
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")

const missSection = (
  { misses, wasted }: TelemetryAnalysis,
  style: Style,
  colors: Paint
): ReadonlyArray<string> =>
  misses.length === 0 ? [] : [missHeading(misses, wasted, colors), ...causeLines(misses, style, colors)]

const blocksTable = (blocks: ReadonlyArray<BlockFacts>, style: Style): Effect.Effect<string> => {
  const right = (head: string, rank: number, cell: (one: BlockFacts) => string): Column => ({
    head,
    rank,
    align: "right",
    cells: blocks.map(cell)
  })
  return table(
    [
      { head: "block", rank: 0, cells: blocks.map(({ type }) => type ?? "–") },
      { head: "name", rank: 1, wraps: true, cells: blocks.map(({ name }) => chosen(name ?? "")) },
      right("calls", 2, ({ calls }) => count(calls)),
      right("tokens", 0, ({ tokens }) => count(tokens)),
      right("from cache", 0, ({ read, tokens }) =>
        tokens === 0 ? "–" : percent(Math.min(1, read / tokens))
      ),
      right("changed", 0, ({ volatility }) => percent(volatility))
    ],
    style
  )
}

/** A value of a measure, with its unit. */
export const measured = (measure: PerformanceTrend["measure"], value: number): string =>
  ({
    cost: () => money(Option.some(value)),
    "provider-hit-rate": () => percent(value),
    "local-hit-rate": () => percent(value),
    "latency-p50": () => elapsed(value),
    tokens: () => count(Math.round(value))
  })[measure]()

/** Whose trend it is. */
export const trendName = ({ measure, model, provider }: PerformanceTrend): string =>
  [measure, provider, model].filter((each) => each !== undefined).join(" ")

const nameWidth = 32

const trendLines = (trend: PerformanceTrend, style: Style, colors: Paint): ReadonlyArray<string> => {
  const { changes, measure, points } = trend
  const last = points.at(-1)
  if (last === undefined || points.length < 2) return []
  const line = sparkline(
    points.map(({ value }) => value),
    Math.max(10, style.width - nameWidth - 20)
  )
  return [
    `${colors.faint(cut(trendName(trend), nameWidth).padEnd(nameWidth))} ${line}  ${measured(measure, last.value)}`,
    ...changes.map(
      ({ after, at, before, confidence }) =>
        `${" ".repeat(nameWidth)} ${colors.note(`${measured(measure, before)} -> ${measured(measure, after)}`)} since ${at} (${percent(confidence)} sure)`
    )
  ]
}

const recommendationSection = (
  { abstained, recommendations }: OptimizationReport,
  colors: Paint
): ReadonlyArray<string> => [
  ...recommendations.map(
    ({ description, model, potentialSavings, provider }) =>
      `${colors.good(`saves ${money(Option.some(potentialSavings))}`)}  ${chosen(`${provider} ${model}`)}: ${description}`
  ),
  ...(recommendations.length === 0 ? [] : [colors.faint("`aegis optimize` shows how, and the patch")]),
  ...abstentionLines(abstained, colors)
]

const marks = { passed: "ok     ", failed: "failed ", unknown: "unknown" } as const

const checkLines = (
  { check, figure, remedy, state, threshold }: Check,
  colors: Paint
): ReadonlyArray<string> => {
  const color = { passed: colors.good, failed: colors.bad, unknown: colors.note }[state]
  return [
    `${color(marks[state])}  ${check}: ${figure} (${threshold})`,
    ...(state === "passed" || remedy === undefined ? [] : [`         ${remedy}`])
  ]
}
