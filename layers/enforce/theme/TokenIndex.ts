/** Tokens by what they are worth, so that a raw value can be answered with the name of one. */
import type { Token } from "../../../src/services/TokenSources.js"
import { toHex } from "./colors.js"
import type { Category } from "./properties.js"

export interface TokenIndex {
  /** The token that is worth as much, of a fitting kind if there is one. */
  readonly find: (value: string, category: Category) => Token | undefined
  /** Whether a custom property is a token. Without any source that names custom properties, all are. */
  readonly knows: (variable: string) => boolean
  /** Whether there are tokens for families of fonts. */
  readonly hasFamilies: boolean
}

/** Words in names and types of tokens of a kind. */
const words: Readonly<Record<Category, RegExp>> = {
  color: /colou?r/i,
  spacing: /spac(e|ing)|gap|inset|margin|padding/i,
  radius: /radi(us|i)|round/i,
  shadow: /shadow|elevation/i,
  typography: /font|text|type|line|letter|weight|size/i
}

/** One form for all ways to write a value. */
const canonical = (value: string): string =>
  toHex(value) ??
  value
    .trim()
    .toLowerCase()
    .replace(/\s+/g, " ")
    .replace(/\s*([,()/])\s*/g, "$1")
    .replace(/(^|[\s,(-])\./g, "$10.")

export const makeTokenIndex = (tokens: ReadonlyArray<Token>): TokenIndex => {
  const byValue = new Map<string, Array<Token>>()
  const variables = new Set<string>()
  for (const token of tokens) {
    if (token.name.startsWith("--")) variables.add(token.name)
    const key = canonical(token.value)
    const same = byValue.get(key)
    if (same === undefined) byValue.set(key, [token])
    else same.push(token)
  }
  return {
    find: (value, category) => {
      const same = byValue.get(canonical(value)) ?? []
      const fits = ({ name, type = "" }: Token): boolean =>
        words[category].test(type) || words[category].test(name)
      return same.find(fits) ?? same[0]
    },
    knows: (variable) => variables.size === 0 || variables.has(variable),
    hasFamilies: tokens.some(({ name, type }) => type === "fontFamily" || /font-?famil/i.test(name))
  }
}
