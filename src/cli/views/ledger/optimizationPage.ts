/** What could be changed, as a page. Patches quote prompts, and stand where the command prints them. */
import * as Option from "effect/Option"
import type { OptimizationRecommendation, OptimizationReport } from "../../../domain/Optimization.js"
import { count, money, percent, plural } from "../format.js"
import type { Figure, PlainTable } from "../html/Figure.js"
import type { Page } from "../html/page.js"

export const recommendationTable = (
  recommendations: ReadonlyArray<OptimizationRecommendation>
): PlainTable => ({
  title: "What to change",
  heads: ["model", "saves", "confidence", "what"],
  figures: ["saves", "confidence"],
  rows: recommendations.map(({ confidence, description, model, potentialSavings, provider }) => [
    `${provider} ${model}`,
    money(Option.some(potentialSavings)),
    percent(confidence),
    description
  ])
})

const replayedFigure = (recommendations: ReadonlyArray<OptimizationRecommendation>): ReadonlyArray<Figure> =>
  recommendations.length === 0
    ? []
    : [
        {
          title: "Cost before and after each change",
          note: "USD, replayed over the calls of the ledger. No change of its kind costs less than the least.",
          unit: "usd",
          kind: "rows",
          over: "change",
          labels: recommendations.map(({ description, model }) => `${description}, ${model}`),
          series: [
            { name: "before", values: recommendations.map(({ before }) => before.cost) },
            { name: "after", values: recommendations.map(({ after }) => after.cost) },
            { name: "the least", values: recommendations.map(({ optimum }) => optimum.cost) }
          ]
        }
      ]

export const optimizationPage = ({ abstained, recommendations }: OptimizationReport): Page => ({
  title: "Aegis: what to change",
  facts: [
    [
      "found",
      recommendations.length === 0
        ? "no change that was tried would have cost less"
        : plural(recommendations.length, "change")
    ]
  ],
  figures: replayedFigure(recommendations),
  tables: [
    recommendationTable(recommendations),
    {
      title: "What was not judged",
      heads: ["model", "calls", "why"],
      figures: ["calls"],
      rows: abstained.map(({ model, provider, reason, requests }) => [
        `${provider} ${model}`,
        count(requests),
        reason
      ])
    }
  ]
})
