/** What differs between two checkpoints, for a person. */
import * as Effect from "effect/Effect"
import type { Change } from "../../domain/Change.js"
import type { CheckpointDiff } from "../../domain/RunListings.js"
import { cut, shortJson } from "./format.js"
import { type Paint, paint } from "./paint.js"
import type { Style } from "./Style.js"

export const changesView = ({ nodes, state }: CheckpointDiff, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  const lines = [
    ...state.map((change) => changeLine(change, "", style, colors)),
    ...nodes.map((change) => changeLine(change, "node ", style, colors))
  ]
  return Effect.succeed(lines.length === 0 ? "no difference" : lines.join("\n"))
}

/** A value takes what its path leaves of the line, but never less than this. */
const leastWidth = 24

export const changeLine = (change: Change, what: string, style: Style, colors: Paint): string => {
  const path = cut(change.path === "" ? "(all of it)" : change.path, style.width)
  const rest = Math.max(leastWidth, style.width - what.length - path.length - 4)
  switch (change.change) {
    case "added":
      return colors.good(`+ ${what}${path}  ${shortJson(change.after, rest)}`)
    case "removed":
      return colors.bad(`- ${what}${path}  ${shortJson(change.before, rest)}`)
    case "moved":
      return colors.note(`> ${what}${path}  from ${cut(change.from ?? "", rest)}`)
    case "changed": {
      const half = Math.max(leastWidth, Math.floor((rest - 4) / 2))
      const before = colors.bad(shortJson(change.before, half))
      return `~ ${what}${path}  ${before} -> ${colors.good(shortJson(change.after, half))}`
    }
  }
}
