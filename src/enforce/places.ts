/** Offsets of a text as lines and columns, and back. Both count from 1; columns are UTF-16 code units. */

export interface Place {
  readonly line: number
  readonly column: number
}

/** Lines end where those of findings do. An offset behind the text is at its end. */
export const makePlaces = (
  text: string
): { readonly placeOf: (offset: number) => Place; readonly offsetOf: (place: Place) => number } => {
  const starts = [0]
  for (const { 0: lineBreak, index } of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) {
    starts.push(index + lineBreak.length)
  }
  return {
    placeOf: (offset) => {
      let [low, high] = [0, starts.length - 1]
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if ((starts[middle] ?? 0) <= offset) low = middle
        else high = middle - 1
      }
      return { line: low + 1, column: Math.min(offset, text.length) - (starts[low] ?? 0) + 1 }
    },
    offsetOf: ({ column, line }) => (starts[line - 1] ?? text.length) + column - 1
  }
}
