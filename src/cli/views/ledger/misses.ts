/** Why input was not read from providers' caches, for a person: the dearest cause first. */
import type { MissCause } from "../../../domain/TelemetryAnalysis.js"
import * as Option from "effect/Option"
import { cut, difference, money, plural } from "../format.js"
import { chosen } from "../facts.js"
import type { Paint } from "../paint.js"
import type { Style } from "../Style.js"

/** Causes that nobody can do anything about: the first call of its kind has nothing to read. */
const unavoidable = new Set<MissCause["reason"]>(["first", "below-minimum"])

const costOf = ({ cost }: MissCause): number => Option.getOrElse(cost, () => 0)

/** What can be changed before what cannot, and the dearer before the cheaper. */
export const byCost = (causes: ReadonlyArray<MissCause>): ReadonlyArray<MissCause> =>
  [...causes].sort(
    (one, other) =>
      Number(unavoidable.has(one.reason)) - Number(unavoidable.has(other.reason)) ||
      costOf(other) - costOf(one) ||
      other.tokens - one.tokens
  )

/** The block that is to blame, by its place and the names that its author gave it. */
export const blamed = ({ block }: MissCause): string =>
  block === undefined
    ? ""
    : chosen([`#${block.index + 1}`, block.type, block.name].filter((each) => each !== undefined).join(" "))

/** What all causes come to, and what of it could have been read. */
export const missHeading = (causes: ReadonlyArray<MissCause>, wasted: number, colors: Paint): string => {
  const cost = causes.reduce((sum, cause) => sum + costOf(cause), 0)
  const share = wasted > 0 ? colors.bad(`${difference(wasted)} of it wasted`) : "nothing of it wasted"
  return `${colors.strong("why input was not read from the cache")}  ${money(Option.some(cost))} above the price of reading, ${share}`
}

/** Two lines for each cause: what it is, and what it came to. */
export const causeLines = (
  causes: ReadonlyArray<MissCause>,
  style: Style,
  colors: Paint
): ReadonlyArray<string> =>
  byCost(causes).flatMap((cause) => {
    const { calls, model, provider, reason, summary, tokens } = cause
    const lost = `${plural(tokens, "token")} in ${plural(calls, "call")}, ${money(cause.cost)}`
    const name = (unavoidable.has(reason) ? colors.faint : colors.bad)(reason.padEnd(13))
    return [
      `${name} ${cut(summary, style.width - 14)}`,
      `${" ".repeat(13)} ${colors.faint(`${chosen(`${provider} ${model}`)}  ${lost}`)}`
    ]
  })
