/** What could be changed, and what it would have saved, for a person. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type {
  OptimizationRecommendation,
  OptimizationReport,
  Replayed
} from "../../../domain/Optimization.js"
import { chosen, fact } from "../facts.js"
import { count, money, percent, plural } from "../format.js"
import { type Paint, paint } from "../paint.js"
import { patchLines } from "../patch.js"
import type { Style } from "../Style.js"
import { abstentionLines } from "./calibration.js"

export const optimizationView = (report: OptimizationReport, style: Style): Effect.Effect<string> =>
  Effect.sync(() => {
    const colors = paint(style)
    const { abstained, calibration, recommendations } = report
    const nothing =
      abstained.length === 0 && calibration.length === 0
        ? "no request was recorded in this range"
        : "no change that was tried would have cost less"
    return [
      ...(recommendations.length === 0
        ? [`nothing to recommend: ${nothing}`]
        : recommendations.flatMap((one, at) => [
            ...(at === 0 ? [] : [""]),
            ...recommendationLines(one, colors),
            ...shownPatch(one, recommendations.slice(0, at), colors)
          ])),
      ...abstentionLines(abstained, colors)
    ].join("\n")
  })

/** The patch, once: where it is that of one above, that one is named. */
const shownPatch = (
  { patch }: OptimizationRecommendation,
  above: ReadonlyArray<OptimizationRecommendation>,
  colors: Paint
): ReadonlyArray<string> => {
  if (patch === undefined) return []
  const same = above.find((other) => other.patch?.diff === patch.diff)
  return same === undefined ? ["", ...patchLines(patch.diff, colors)] : [`           as for ${same.id}`]
}

const replayedAs = ({ cost, inputTokens, readTokens, requests }: Replayed): string =>
  `${money(Option.some(cost))} for ${plural(requests, "request")}, ${count(readTokens)} of ${count(inputTokens)} input tokens from the cache`

/** A recommendation without its patch. */
export const recommendationLines = (
  one: OptimizationRecommendation,
  colors: Paint
): ReadonlyArray<string> => {
  const { after, before, confidence, description, implementation, optimum, potentialSavings, range } = one
  const share = before.cost === 0 ? "" : ` (${percent(potentialSavings / before.cost)})`
  const left = Math.max(0, after.cost - optimum.cost)
  const bound = optimum.exact ? "no layout costs less than" : "none can cost less than"
  return [
    `${colors.good(`saves ${money(Option.some(potentialSavings))}${share}`)}  ${colors.strong(chosen(`${one.provider} ${one.model}`))}  ${colors.faint(one.id)}`,
    ...fact(colors, "what", description),
    ...fact(colors, "how", implementation),
    ...fact(colors, "before", replayedAs(before)),
    ...fact(colors, "after", replayedAs(after)),
    ...fact(colors, "replayed", `${range.from} to ${range.to}`),
    ...fact(colors, "confidence", percent(confidence)),
    ...fact(
      colors,
      "left",
      `${money(Option.some(left))}: ${bound} ${money(Option.some(optimum.cost))} over these requests`
    ),
    ...(one.patch === undefined ? [] : fact(colors, "patch", chosen(one.patch.file)))
  ]
}
