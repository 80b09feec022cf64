/** Raw values where tokens belong: the rules of kind `tokens`. */
import type { TokensRule } from "../../../src/enforce/Rulepack.js"
import type { Collected, Declaration } from "./Collected.js"
import * as Mapped from "./Mapped.js"
import { type Category, categoryOf } from "./properties.js"
import { type RawValue, rawValues, takesColor } from "./rawValues.js"
import type { TokenIndex } from "./TokenIndex.js"

export interface Found {
  readonly range: Mapped.Range
  readonly message: string
  readonly suggestion?: string | undefined
}

const maxShown = 80

export const judgeTokens = (
  { declarations }: Collected,
  { message, values }: TokensRule,
  tokens: TokenIndex
): ReadonlyArray<Found> => {
  const own = new Set(declarations.flatMap(({ property }) => (property.startsWith("--") ? [property] : [])))
  return declarations.flatMap((declaration) => {
    const { className, property } = declaration
    return partsOf(declaration, values, tokens, own).flatMap(
      ({ category, isVariable, raw }): ReadonlyArray<Found> => {
        const range = Mapped.rangeOf(raw)
        if (range === undefined) return []
        const shown = raw.text.length > maxShown ? `${raw.text.slice(0, maxShown)}…` : raw.text
        const where = className === undefined ? property : `the class ${className}`
        if (isVariable) {
          return [
            {
              range,
              message: `No token is called ${shown}, used in ${where}`,
              suggestion: "Use a known token."
            }
          ]
        }
        const token = tokens.find(raw.text, category)
        const what = message ?? `Raw ${category} value`
        return [
          token === undefined
            ? { range, message: `${what} ${shown} in ${where}`, suggestion: `Use a ${category} token.` }
            : {
                range,
                message: `${what} ${shown} in ${where}: use ${token.name} (${token.value})`,
                suggestion: `Use ${token.name}.`
              }
        ]
      }
    )
  })
}

interface Part {
  readonly category: Category
  readonly raw: Mapped.Mapped
  readonly isVariable: boolean
}

const partsOf = (
  { isThemed = false, property, value }: Declaration,
  values: ReadonlyArray<Category>,
  tokens: TokenIndex,
  own: ReadonlySet<string>
): ReadonlyArray<Part> => {
  const category = categoryOf(property)
  const counts = category !== undefined && values.includes(category)
  const countsColor = values.includes("color") && takesColor(property)
  if (!counts && !countsColor) return []
  const raws = rawValues(property, value.text)
  const pick = (raw: RawValue): Mapped.Mapped => Mapped.part(value, raw.from, raw.to)
  const unknown = raws.flatMap((raw): ReadonlyArray<Part> => {
    const name = value.text.slice(raw.from, raw.to)
    return raw.kind === "variable" && !tokens.knows(name) && !own.has(name)
      ? [{ category: category ?? "color", raw: pick(raw), isVariable: true }]
      : []
  })
  if (category === "shadow" && counts) {
    const isRaw = raws.some(({ kind }) => kind === "color" || kind === "length")
    return [...unknown, ...(isRaw ? [{ category, raw: value, isVariable: false }] : [])]
  }
  return [
    ...unknown,
    ...raws.flatMap((raw): ReadonlyArray<Part> => {
      const is: Category | undefined =
        raw.kind === "color" ? (countsColor ? "color" : undefined) : counts ? category : undefined
      if (is === undefined || !belongs(raw.kind, property, isThemed, tokens)) return []
      return [{ category: is, raw: pick(raw), isVariable: false }]
    })
  ]
}

const belongs = (
  kind: RawValue["kind"],
  property: string,
  isThemed: boolean,
  tokens: TokenIndex
): boolean => {
  switch (kind) {
    case "color":
    case "length":
      return true
    case "number":
      // in a list of parts a number may be anything; as a step of a theme it is a token
      return /^(font-weight|line-height)$/.test(property) && !isThemed
    case "family":
      return tokens.hasFamilies
    default:
      return false
  }
}
