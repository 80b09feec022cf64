/**
 * Names with line breaks in them, for a globbing library whose `**` ends at one: each break is handed to it as half of a
 * surrogate pair, which no name of a file can hold, and turned back in what it finds.
 */

const breaks = ["\n", "\r", "\u2028", "\u2029"]
const firstHalf = 0xd800

/** A name, a path or a pattern without line breaks. */
export const hideBreaks = (text: string): string =>
  text.replaceAll(/[\n\r\u2028\u2029]/g, (found) => String.fromCharCode(firstHalf + breaks.indexOf(found)))

/** What was hidden, as it was. */
export const showBreaks = (text: string): string =>
  text.replaceAll(
    /[\ud800-\ud803](?![\udc00-\udfff])/g,
    (half) => breaks[half.charCodeAt(0) - firstHalf] ?? half
  )
