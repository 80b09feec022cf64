/** Text that was put together from pieces of a source, and that knows where each piece stood. */

/** A piece of a text: `length` characters from `from`, which stand in the source at `start` to `end`. */
interface Piece {
  readonly from: number
  readonly length: number
  readonly start: number
  readonly end: number
}

/** Offsets are UTF-16 code units. */
export interface Range {
  readonly start: number
  readonly end: number
}

export interface Mapped {
  readonly text: string
  readonly pieces: ReadonlyArray<Piece>
}

/** Longer texts are no values of anyone's design, but doublings of doublings. */
const maxLength = 1_000_000

/** A part of the source, as it stands there. */
export const slice = (source: string, start: number, end: number): Mapped =>
  mapped(source.slice(start, end), start, end)

/** Text that stands for a part of the source. Where the lengths differ, all of it stands for all of that. */
export const mapped = (text: string, start: number, end: number): Mapped => ({
  text,
  pieces: [{ from: 0, length: text.length, start, end }]
})

/** Text that stands nowhere. */
export const synthetic = (text: string): Mapped => ({ text, pieces: [] })

/** The text of the parts, one after the other; none where that is beyond all measure. */
export const concat = (parts: ReadonlyArray<Mapped>): Mapped | undefined => {
  const pieces: Array<Piece> = []
  const texts: Array<string> = []
  let from = 0
  for (const part of parts) {
    for (const piece of part.pieces) pieces.push({ ...piece, from: piece.from + from })
    texts.push(part.text)
    from += part.text.length
    if (from > maxLength) return undefined
  }
  return { text: texts.join(""), pieces }
}

/** The same pieces with another text of the same length. */
export const withText = ({ pieces }: Mapped, text: string): Mapped => ({ text, pieces })

export const part = ({ pieces, text }: Mapped, from: number, to: number): Mapped => ({
  text: text.slice(from, to),
  pieces: pieces.flatMap((piece) => {
    const first = Math.max(piece.from, from)
    const last = Math.min(piece.from + piece.length, to)
    if (first >= last) return []
    const exact = piece.end - piece.start === piece.length
    return [
      {
        from: first - from,
        length: last - first,
        start: exact ? piece.start + first - piece.from : piece.start,
        end: exact ? piece.start + last - piece.from : piece.end
      }
    ]
  })
})

export const trim = (whole: Mapped): Mapped => {
  const from = whole.text.length - whole.text.trimStart().length
  return part(whole, from, from + whole.text.trim().length)
}

/**
 * Where a text stands in the source. Of one whose pieces are scattered: where its longest piece stands, or
 * where all of it does
 * if the pieces follow each other in one literal.
 */
export const rangeOf = ({ pieces }: Mapped): Range | undefined => {
  const [first, ...others] = pieces
  if (first === undefined) return undefined
  let end = first.end
  for (const piece of others) {
    if (piece.start !== end) return pieces.reduce((one, other) => (other.length > one.length ? other : one))
    end = piece.end
  }
  return { start: first.start, end }
}
