/** What does not adapt to the screen: the rules of kind `responsive`. */
import type { ResponsiveRule } from "../../../src/enforce/Rulepack.js"
import type { Collected } from "./Collected.js"
import { isBreakpoint, variantsOf } from "./collectClasses.js"
import type { Found } from "./judgeTokens.js"
import * as Mapped from "./Mapped.js"

type Check = ResponsiveRule["checks"][number]

export const judgeResponsive = (collected: Collected, rule: ResponsiveRule): ReadonlyArray<Found> =>
  rule.checks.flatMap((check) => checks[check](collected, rule))

const found = (
  text: Mapped.Mapped,
  message: string,
  suggestion: string,
  { message: own }: ResponsiveRule
): ReadonlyArray<Found> => {
  const range = Mapped.rangeOf(text)
  return range === undefined ? [] : [{ range, message: own ?? message, suggestion }]
}

/** Sizes that may be fixed where another one limits them. */
const limits: ReadonlyMap<string, string | undefined> = new Map([
  ["width", "max-width"],
  ["min-width", undefined],
  ["height", "max-height"],
  ["inline-size", "max-inline-size"],
  ["min-inline-size", undefined]
])

const fixedSize = ({ declarations }: Collected, rule: ResponsiveRule): ReadonlyArray<Found> =>
  declarations.flatMap(({ group, property, value }) => {
    const pixels = /^(\d+(?:\.\d+)?|\.\d+)px$/i.exec(value.text)?.[1]
    if (!limits.has(property) || pixels === undefined || Number(pixels) <= rule.limit) return []
    const limit = limits.get(property)
    if (group.isConditional || (limit !== undefined && group.properties.has(limit))) return []
    return found(
      value,
      `Fixed ${property} of ${value.text} is more than some screens have`,
      limit === undefined
        ? `Use a relative length, as ${property}: min(100%, ${value.text}).`
        : `Set ${limit} instead, or beside it.`,
      rule
    )
  })

const rawBreakpoint = ({ queries }: Collected, rule: ResponsiveRule): ReadonlyArray<Found> =>
  queries.flatMap((query) =>
    [...query.text.matchAll(/(?<![\w.-])(?:\d+(?:\.\d+)?|\.\d+)(?:px|r?em)\b/gi)].flatMap((match) =>
      Number.parseFloat(match[0]) === 0
        ? []
        : found(
            Mapped.part(query, match.index, match.index + match[0].length),
            `Raw length ${match[0]} in a media query`,
            "Use a breakpoint token.",
            rule
          )
    )
  )

/** Containers that find room for what is in them by themselves. */
const adapts =
  /^(flex-wrap(-reverse)?|flex-col(-reverse)?|grid-cols-\[.*auto-fi[tl].*\]|grid-cols-(1|none)|hidden)$/

const noVariant = ({ classes }: Collected, rule: ResponsiveRule): ReadonlyArray<Found> =>
  classes.flatMap((words) => {
    const container = words.find(({ text }) => /^(inline-)?(grid|flex)$/.test(text))
    if (container === undefined) return []
    const isFine = words.some(({ text }) => adapts.test(text) || variantsOf(text).some(isBreakpoint))
    return isFine
      ? []
      : found(
          container,
          `The classes of a ${container.text} container name no breakpoint`,
          "Say how it looks on small screens, as grid-cols-1 md:grid-cols-3.",
          rule
        )
  })

const checks: Readonly<Record<Check, (collected: Collected, rule: ResponsiveRule) => ReadonlyArray<Found>>> =
  { "fixed-size": fixedSize, "raw-breakpoint": rawBreakpoint, "no-variant": noVariant }
