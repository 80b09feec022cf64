/** Foreign text in Markdown. */

const maxCharacters = 500

/**
 * Text that stays text: everything but letters, digits and spaces is written as a number, so that neither Markdown nor HTML
 * means anything, and within `code` nobody is mentioned and nothing is linked. What is longer than `most` characters is cut.
 */
export const cell = (value: string, most = maxCharacters): string => {
  const characters = [...value.slice(0, most).replaceAll(/[\s\p{Cc}\p{Surrogate}]+/gu, " ")]
  const written = characters.map((character) =>
    /[\p{L}\p{N} ]/u.test(character) ? character : `&#${character.codePointAt(0) ?? 0};`
  )
  return `<code>${written.join("")}${value.length > most ? "…" : ""}</code>`
}
