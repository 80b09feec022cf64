/** The summary as one Markdown text, for the comment of a pull request and for the summary of a job. */
import * as Option from "effect/Option"
import type { Check, PromptEconomics, PRSummary } from "../../domain/CachePerformance.js"
import { cell } from "../../enforce/report/markdownCell.js"
import { count, percent } from "../views/format.js"

/** By this the comment is found again that is to be updated. */
export const marker = "<!-- aegis:pr-summary -->"

/** GitHub takes no comment of 65,536 characters or more (facts: c.3); what is told of the rest needs room too. */
const budget = 65_000
const mostInCell = 240

/** Rows that may be cut behind a head that may not. */
interface Section {
  readonly head: ReadonlyArray<string>
  readonly rows: ReadonlyArray<string>
}

const text = (value: string): string => cell(value, mostInCell)
const orUnknown = <A>(value: A | null, shown: (value: A) => string): string =>
  value === null ? "unknown" : shown(value)
const usd = (amount: number): string => `${amount < 0 ? "-" : ""}USD ${Math.abs(amount).toFixed(2)}`
const answer =
  (yes: string, no: string) =>
  (value: boolean): string =>
    value ? yes : no

const marks: Readonly<Record<Check["state"], string>> = {
  passed: "✅",
  failed: "❌",
  unknown: "❔"
}

const checkRow = ({ check, figure, remedy, state, threshold }: Check): string =>
  `| ${marks[state]} ${state} | ${check} | ${text(figure)} | ${text(threshold)} | ${remedy === undefined ? "" : text(remedy)} |`

const change = (before: number, after: number): string =>
  before === after ? count(after) : `${count(before)} → ${count(after)}`

const perThousand = ({ warmCost: { after, before } }: PromptEconomics): string =>
  Option.match(after, {
    onNone: () => "unknown",
    onSome: (now) =>
      [...Option.toArray(before), now].map((cost) => `USD ${(cost * 1000).toFixed(2)}`).join(" → ")
  })

const economicsRow = (each: PromptEconomics): string =>
  `| ${text(each.file)} | ${text(`${each.provider} ${each.model}`)} | ${change(each.stablePrefix.before, each.stablePrefix.after)} | ${change(each.tokens.before, each.tokens.after)} | ${perThousand(each)} |`

const table = (...heads: ReadonlyArray<string>): ReadonlyArray<string> => [
  `| ${heads.join(" | ")} |`,
  `|${" --- |".repeat(heads.length)}`
]

/** Without checks nothing was held to anything, whatever else there is. */
const verdictOf = ({ checks, ok, replaySuccess, standardsCompliance }: PRSummary): string => {
  if (ok) return "passed"
  return checks.length === 0 && replaySuccess !== false && standardsCompliance !== false
    ? "not checked"
    : "failed"
}

const sectionsOf = (summary: PRSummary): ReadonlyArray<Section> => {
  const { checks, economics, recommendations } = summary
  return [
    {
      head: [
        marker,
        `## Aegis: ${verdictOf(summary)}`,
        "",
        ...table("hit rate", "saved", "standards", "coverage", "replay"),
        `| ${[
          orUnknown(summary.cacheHitRate, percent),
          orUnknown(summary.costSavings, usd),
          orUnknown(summary.standardsCompliance, answer("met", "broken")),
          orUnknown(summary.testCoverage, percent),
          orUnknown(summary.replaySuccess, answer("identical", "diverged"))
        ].join(" | ")} |`
      ],
      rows: []
    },
    {
      head: ["", "### Checks", "", ...table("", "check", "figure", "threshold", "what to do")],
      rows: checks.map(checkRow)
    },
    {
      head: [
        "",
        "### What the change does to prompts",
        "",
        ...table("prompt", "model", "stable prefix, tokens", "input, tokens", "1,000 warm calls")
      ],
      rows: economics.map(economicsRow)
    },
    {
      head: [""],
      rows: economics.flatMap(({ file, findings }) =>
        findings.map((finding) => `- ${text(file)}: ${text(finding)}`)
      )
    },
    { head: ["", "### Recommendations", ""], rows: recommendations.map((each) => `- ${text(each)}`) }
  ]
}

/** Foreign words (names of files, of blocks, of models) stay words: none of them is read as Markdown or HTML, and nobody is mentioned. */
export const summaryMarkdown = (summary: PRSummary): string => {
  const lines: Array<string> = []
  let length = 0
  const add = (line: string): boolean => {
    if (length + line.length + 1 > budget) return false
    length += line.length + 1
    lines.push(line)
    return true
  }
  for (const { head, rows } of sectionsOf(summary)) {
    if (rows.length === 0 && head[0] !== marker) continue
    head.forEach(add)
    const kept = rows.findIndex((row) => !add(row))
    // short enough for what the budget leaves
    if (kept !== -1) lines.push("", `${count(rows.length - kept)} more are in the report.`)
  }
  return `${lines.join("\n")}\n`
}
