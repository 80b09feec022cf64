/**
 * The custom properties of a CSS file. Where one is defined more than once (light and dark), each
 * value is a token of that name.
 */
import type { Token } from "../../../../src/services/TokenSources.js"
import { nothing } from "../Collected.js"
import { collectCss } from "../collectCss.js"
import * as Mapped from "../Mapped.js"

export const readCssTokens = (source: string): ReadonlyArray<Token> => {
  const collected = nothing()
  collectCss(Mapped.slice(source, 0, source.length), collected)
  return collected.declarations.flatMap(({ property, value }) =>
    property.startsWith("--") ? [{ name: property, value: value.text }] : []
  )
}
