/** Places in a text as people count them. */

/** The line of an offset, counted from 1. */
export const lineOf = (text: string, offset: number): number => {
  let line = 1
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++
  return line
}

/** The column of an offset, counted from 1 in UTF-16 code units. A byte order mark has no column, as in an editor. */
export const columnOf = (text: string, offset: number): number => {
  const lineStart = offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1
  const column = offset - lineStart + 1
  return lineStart === 0 && offset > 0 && hasByteOrderMark(text) ? column - 1 : column
}

/** Where the line of an offset ends: behind its line break, or at the end of the text. */
export const endOfLine = (text: string, offset: number): number => {
  const at = text.indexOf("\n", offset)
  return at === -1 ? text.length : at + 1
}

/**
 * Where the line of an offset starts, if only up to three spaces stand before it; undefined otherwise. The first line
 * starts behind the byte order mark, where there is one.
 */
export const startOfIndent = (text: string, offset: number): number | undefined => {
  let at = offset
  while (at > 0 && offset - at < 3 && text.charCodeAt(at - 1) === 0x20) at--
  return at === 0 || text.charCodeAt(at - 1) === 0x0a || (at === 1 && hasByteOrderMark(text)) ? at : undefined
}

/** Whether the text starts with U+FEFF. */
export const hasByteOrderMark = (text: string): boolean => text.charCodeAt(0) === 0xfeff
