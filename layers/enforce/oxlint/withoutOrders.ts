/**
 * Texts in which no comment is an order to oxlint: it takes comments for orders, and no switch forbids it. The words that orders
 * begin with are written over where it is shown that they stand in comments, so that no code changes, and no place in it.
 */
import { isShallow } from "../../replay/nesting.js"

/** What a parser says of a text: what is wrong with it, and where its comments are, in UTF-16 code units. */
export type Parse = (
  file: string,
  text: string
) => {
  readonly errors: ReadonlyArray<unknown>
  readonly comments: ReadonlyArray<{ readonly start: number; readonly end: number }>
}

/** In any case of letters, though oxlint asks for small ones. */
const words = /(?:es|ox)lint/gi

/** Whether there may be an order in a text. */
export const hasWords = (text: string): boolean => text.search(words) >= 0

/** oxlint's own parser, none where there is no build of it for the machine. */
export const loadParse = async (): Promise<Parse | undefined> => {
  try {
    const { parseSync } = await import("oxc-parser")
    return parseSync
  } catch {
    return undefined
  }
}

/**
 * The same text, as long in UTF-8 too, without such a word; undefined where one may stand in code, and where the parser gives up,
 * or could die. `ending` tells the language: `.ts`.
 */
export const withoutOrders = (parse: Parse, text: string, ending: string): string | undefined => {
  if (!hasWords(text)) return text
  if (!isShallow(text)) return undefined
  const { comments, errors } = parse(`text${ending}`, text)
  if (errors.length > 0) return undefined
  const places = comments
    .filter(
      ({ end, start }) =>
        text.startsWith("//", start) || (text.startsWith("/*", start) && text.startsWith("*/", end - 2))
    )
    .sort((one, other) => one.start - other.start)
  let at = 0
  for (const { 0: word, index } of text.matchAll(words)) {
    while (at < places.length && (places[at]?.end ?? 0) <= index) at += 1
    const place = places[at]
    if (place === undefined || index < place.start + 2 || index + word.length > place.end) return undefined
  }
  return text.replaceAll(words, (word) => `xx${word.slice(2)}`)
}
