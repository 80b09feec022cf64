/** Names of properties: CSS's own, those of style objects, and the short ones of systems of styles. */
import type { TokensRule } from "../../../src/enforce/Rulepack.js"

export type Category = TokensRule["values"][number]

const sides: Readonly<Record<string, ReadonlyArray<string>>> = {
  "": [""],
  t: ["-top"],
  r: ["-right"],
  b: ["-bottom"],
  l: ["-left"],
  x: ["-inline"],
  y: ["-block"],
  s: ["-inline-start"],
  e: ["-inline-end"]
}

/** The short names of MUI's, Chakra's and Theme UI's style objects. */
const short: ReadonlyMap<string, string> = new Map([
  ["bg", "background"],
  ["bgcolor", "background-color"],
  ["w", "width"],
  ["h", "height"],
  ["min-w", "min-width"],
  ["max-w", "max-width"],
  ["min-h", "min-height"],
  ["max-h", "max-height"],
  ["rounded", "border-radius"],
  ["shadow", "box-shadow"],
  ...Object.entries(sides).flatMap(([side, [suffix = ""]]): ReadonlyArray<readonly [string, string]> => [
    [`m${side}`, `margin${suffix}`],
    [`p${side}`, `padding${suffix}`]
  ]),
  ["margin-x", "margin-inline"],
  ["margin-y", "margin-block"],
  ["padding-x", "padding-inline"],
  ["padding-y", "padding-block"]
])

/** `marginTop` and `mt` as `margin-top`. */
export const toProperty = (key: string): string => {
  if (key.startsWith("--")) return key
  const kebab = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return short.get(kebab) ?? kebab
}

const spacing =
  /^(scroll-)?(margin|padding)(-|$)|^((row|column|grid|grid-row|grid-column)-)?gap$|^inset(-|$)|^(top|right|bottom|left)$/
const radius = /^border-(.*-)?radius$/
const shadow = /^(box|text)-shadow$/
const typography = /^(font|font-size|font-weight|font-family|line-height|letter-spacing|word-spacing)$/
const size = /^(min-|max-)?(width|height|inline-size|block-size)$/

/** What a property is about besides colours, which the syntax of the property tells. */
export const categoryOf = (property: string): Exclude<Category, "color"> | undefined =>
  spacing.test(property)
    ? "spacing"
    : radius.test(property)
      ? "radius"
      : shadow.test(property)
        ? "shadow"
        : typography.test(property)
          ? "typography"
          : undefined

/** Whether style objects mean pixels by a number. */
export const takesPixels = (property: string): boolean =>
  spacing.test(property) ||
  radius.test(property) ||
  size.test(property) ||
  /^(font-size|letter-spacing|word-spacing)$/.test(property)
