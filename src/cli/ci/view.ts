/** The checks for a person. */
import * as Effect from "effect/Effect"
import type { Check } from "../../domain/CachePerformance.js"
import type { CiReport } from "../../domain/CiReport.js"
import { type Paint, paint } from "../views/paint.js"
import { cut } from "../views/format.js"
import type { Style } from "../views/Style.js"
import { table } from "../views/table.js"

/** Foreign words among ours stay on their line. */
const told = (text: string): string => cut(text, 400)

const mark = (state: Check["state"], colors: Paint): string =>
  ({ passed: colors.good, failed: colors.bad, unknown: colors.note })[state](state)

export const ciView = ({ checks, economics, notes }: CiReport, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  return Effect.map(
    table(
      [
        { head: "", rank: 0, cells: checks.map(({ state }) => mark(state, colors)) },
        { head: "check", rank: 0, cells: checks.map(({ check }) => check) },
        { head: "figure", rank: 0, wraps: true, cells: checks.map(({ figure }) => told(figure)) },
        { head: "threshold", rank: 1, wraps: true, cells: checks.map(({ threshold }) => threshold) }
      ],
      style
    ),
    (drawn) =>
      [
        drawn,
        ...economics.flatMap(({ file, findings }) => findings.map((finding) => told(`${file}: ${finding}`))),
        ...notes.map(told),
        ...checks.flatMap(({ check, remedy }) => (remedy === undefined ? [] : [`${check}: ${remedy}`]))
      ].join("\n")
  )
}
