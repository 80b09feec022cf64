/** Offsets of a text as lines and columns, and back. Both count from 1; columns are UTF-16 code units. */

export interface Place {
  readonly line: number
  readonly column: number
}

/** From one place to another, as findings have it. */
export interface Span extends Place {
  readonly endLine: number
  readonly endColumn: number
}

export interface Places {
  readonly placeOf: (offset: number) => Place
  readonly spanOf: (range: { readonly start: number; readonly end: number }) => Span
  readonly offsetOf: (place: Place) => number
}

/** How lines end in findings. */
export const lineBreak = /\r\n|[\n\r\u2028\u2029]/g

/** An offset behind the text is at its end. */
export const makePlaces = (text: string): Places => {
  const starts = [0]
  for (const { 0: found, index } of text.matchAll(lineBreak)) starts.push(index + found.length)
  const placeOf = (offset: number): Place => {
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: Math.min(offset, text.length) - (starts[low] ?? 0) + 1 }
  }
  return {
    placeOf,
    spanOf: ({ end, start }) => {
      const { column: endColumn, line: endLine } = placeOf(end)
      return { ...placeOf(start), endLine, endColumn }
    },
    offsetOf: ({ column, line }) => (starts[line - 1] ?? text.length) + column - 1
  }
}
