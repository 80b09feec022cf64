/** Whether a prompt would hit, and if not why, for a person. */
import * as Option from "effect/Option"
import type { MissExplanation } from "../../domain/Miss.js"
import { missLines } from "./miss.js"
import { paint } from "./paint.js"
import type { Style } from "./Style.js"

export const whyText = (miss: Option.Option<MissExplanation>, style: Style): string => {
  const colors = paint(style)
  return Option.match(miss, {
    onNone: () => `${colors.good("hit  ")}  nothing changed: resolving it again answers from the cache`,
    onSome: (explanation) => missLines(explanation, colors).join("\n")
  })
}
