/** Texts in which a secret stands that cannot be seen in the text itself: split over lines, or in base64. */

/** A text made of another one, and where in that one its characters came from. */
export interface Disguise {
  readonly text: string
  /** Where what is at these offsets stands in the original. */
  readonly origin: (start: number, end: number) => { readonly start: number; readonly end: number }
}

/** Part of a token, quoted, indented, or continued as in a shell or in a program. */
const partBefore = /[\w+/=.-]["'`]?[ \t]*[+\\]?[ \t]*$/
const partAfter = /^[ \t>|]*["'`]?[\w+/=.-]{2,}["'`]?(?:[ \t]*[+\\,;])?$/
/** How far from its end a line is looked at, in UTF-16 code units. */
const looked = 64

/**
 * Lines of which the next one is a single word, without what is between them. Prose stays apart: a line of several words is
 * nobody's second half.
 */
export const joinedLines = (text: string): Disguise | undefined => {
  const pieces: Array<{ readonly at: number; readonly from: number }> = []
  const parts: Array<string> = []
  let length = 0
  let any = false
  const add = (from: number, part: string): void => {
    pieces.push({ at: length, from })
    parts.push(part)
    length += part.length
  }
  /** What stands around the halves goes: quotes, indentation, the sign that goes on. */
  const openLast = (): void => {
    const last = parts.pop() ?? ""
    const end = last.slice(-looked - 1)
    const open = end.replace(/["'`]?[ \t]*[+\\]?[ \t]*\n$/, "")
    parts.push(last.slice(0, last.length - end.length) + open)
    length -= end.length - open.length
  }
  let previous: string | undefined
  for (const match of text.matchAll(/([^\n\r]*)(\r\n|\n|\r|$)/g)) {
    const line = match[1] ?? ""
    if (match.index === text.length && line === "") break
    if (
      previous !== undefined &&
      partBefore.test(previous.slice(-looked)) &&
      line.length < 4096 &&
      partAfter.test(line.trimEnd())
    ) {
      any = true
      openLast()
      const lead = /^[ \t>|]*["'`]?/.exec(line)?.[0].length ?? 0
      add(match.index + lead, `${line.slice(lead)}\n`)
    } else add(match.index, `${line}\n`)
    previous = line
  }
  return any ? { text: parts.join(""), origin: originIn(pieces) } : undefined
}

/** The last of the pieces, which are in order, that begins at an offset or before it. */
const pieceAt = <Piece extends { readonly at: number }>(
  pieces: ReadonlyArray<Piece>,
  offset: number
): Piece | undefined => {
  let [low, high] = [0, pieces.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((pieces[middle]?.at ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return pieces[low]
}

const originIn =
  (pieces: ReadonlyArray<{ readonly at: number; readonly from: number }>): Disguise["origin"] =>
  (start, end) => {
    const toOriginal = (offset: number): number => {
      const piece = pieceAt(pieces, offset)
      return piece === undefined ? offset : piece.from + offset - piece.at
    }
    return { start: toOriginal(start), end: toOriginal(end - 1) + 1 }
  }

const isReadable = (text: string): boolean => !/[^\t\n\r\u0020-\u007e]/.test(text)

/** What stands in base64, one after the other. What is found in it is the whole of it. */
export const decodedBase64 = (text: string): Disguise | undefined => {
  const pieces: Array<{ readonly at: number; readonly start: number; readonly end: number }> = []
  let decoded = ""
  for (const { 0: run, index } of text.matchAll(/(?<![\w+/-])[\w+/-]{24,}={0,2}/g)) {
    const plain = Buffer.from(run, "base64").toString("latin1")
    if (!isReadable(plain)) continue
    pieces.push({ at: decoded.length, start: index, end: index + run.length })
    decoded += `${plain}\n \n`
  }
  return pieces.length === 0
    ? undefined
    : {
        text: decoded,
        origin: (start, end) => ({
          start: pieceAt(pieces, start)?.start ?? 0,
          end: pieceAt(pieces, end - 1)?.end ?? text.length
        })
      }
}
