/** Replays for a person: what they would do, and what came of them. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ReplayPlan, Spend } from "../../domain/ReplayPlan.js"
import type { ReplayReport, ReplayResult, VerdictKind } from "../../domain/ReplayResult.js"
import { valueLines } from "./diff/run.js"
import { chosen, fact } from "./facts.js"
import { count, duration, money, plural } from "./format.js"
import { type Paint, paint } from "./paint.js"
import type { Style } from "./Style.js"
import { table } from "./table.js"

const spent = ({ calls, cost, tokens }: Spend): string =>
  calls === 0 ? "nothing" : `${plural(calls, "call")}, ${count(tokens)} tokens, ${money(cost)}`

const titleOf = ({ kind, name }: { readonly kind: string; readonly name: string }): string =>
  chosen(`${kind} ${name}`)

export const planView = (plan: ReplayPlan, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  const { least, most } = plan.estimate
  const marks = { run: colors.note("run"), "may-run": colors.note("may run"), reuse: colors.faint("reuse") }
  const facts = [
    ...fact(colors, "recording", `${chosen(plan.name)} ${plan.recording}`),
    ...fact(
      colors,
      "estimate",
      least.calls === most.calls ? spent(least) : `${spent(least)}, at most ${spent(most)}`
    ),
    ...plan.unused.map((name) => colors.bad(`${chosen(name)} is set, and nothing in the run used it`))
  ]
  return Effect.map(
    table(
      [
        { head: "", rank: 0, cells: plan.nodes.map(({ action }) => marks[action]) },
        { head: "node", rank: 0, wraps: true, cells: plan.nodes.map(titleOf) },
        { head: "why", rank: 0, wraps: true, cells: plan.nodes.map(({ reason = "" }) => chosen(reason)) },
        {
          head: "took",
          rank: 1,
          cells: plan.nodes.map(({ recorded }) => (recorded.calls === 0 ? "" : spent(recorded)))
        }
      ],
      style
    ),
    (drawn) => [...facts, drawn].join("\n")
  )
}

const verdictColor = (colors: Paint, verdict: VerdictKind): string => {
  const text = verdict.padEnd(10)
  switch (verdict) {
    case "IDENTICAL":
    case "EQUIVALENT":
      return colors.good(text)
    case "REUSED":
      return colors.faint(text)
    case "EXECUTED":
      return colors.note(text)
    default:
      return colors.bad(text)
  }
}

const countsOf = ({ counts }: ReplayResult): string =>
  Object.entries(counts)
    .flatMap(([verdict, number]) => (number === 0 ? [] : [`${count(number)} ${verdict.toLowerCase()}`]))
    .join(", ")

/** One result on one line. */
export const resultLine = (result: ReplayResult): string =>
  `${result.ok ? "ok    " : "failed"}      ${chosen(result.name)} ${result.recording.slice(0, 8)}  ${countsOf(result)}${result.first === undefined ? "" : `  ${chosen(result.first)}`}`

const saved = (recorded: number, took: number): string =>
  recorded > 0 && took < recorded ? `, ${((1 - took / recorded) * 100).toFixed(1)} % less` : ""

const checkLines = ({ checks }: ReplayResult, colors: Paint): ReadonlyArray<string> =>
  checks.map(({ check, found, ok }) =>
    ok ? `${colors.good("ok")}      ${check}` : `${colors.bad("differs")} ${check}: ${chosen(found ?? "")}`
  )

export const resultView = (result: ReplayResult, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  const { branch, spend, time } = result
  const shown = result.nodes.filter(({ verdict }) => verdict !== "REUSED" && verdict !== "IDENTICAL")
  const lines = [
    `${verdictColor(colors, result.verdict)} ${colors.strong(chosen(result.name))} ${result.recording}`,
    ...fact(colors, "first", result.first === undefined ? undefined : colors.bad(chosen(result.first))),
    ...fact(colors, "branch", branch ?? undefined),
    ...fact(colors, "nodes", countsOf(result)),
    ...fact(
      colors,
      "time",
      `${duration(time.took)}, recorded in ${duration(time.recorded)}${saved(time.recorded, time.took)}`
    ),
    ...fact(
      colors,
      "spent",
      `${spent(spend.made)}, recorded with ${spent(spend.recorded)}${moneySaved(spend)}`
    ),
    ...checkLines(result, colors),
    ...shown.map((verdict) => {
      const why = verdict.reason === undefined ? "" : `  ${chosen(verdict.reason)}`
      return `${verdictColor(colors, verdict.verdict)} ${titleOf(verdict)}${why}`
    }),
    ...result.differences.flatMap(({ changes, name }) => [
      colors.strong(`~ ${chosen(name)}`),
      ...changes.flatMap((change) => valueLines("output ", change, { ...style, sideBySide: false }, colors))
    ])
  ]
  return Effect.succeed(lines.join("\n"))
}

const moneySaved = ({ made, recorded }: ReplayResult["spend"]): string =>
  Option.match(Option.zipWith(recorded.cost, made.cost, saved), { onNone: () => "", onSome: (text) => text })

/** What is left to say when each was told as it ended. */
export const allView = ({ failed, results }: ReplayReport, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  const good = results.filter(({ ok }) => ok).length
  const all = results.length + failed.length
  const line = `${count(good)} of ${plural(all, "recording")} as recorded`
  return Effect.succeed(good === all ? colors.good(line) : colors.bad(line))
}
