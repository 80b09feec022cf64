/** Offsets of a text as lines and columns, which count from 1. */

export interface Position {
  readonly line: number
  readonly column: number
}

export type PositionOf = (offset: number) => Position

/** Finds positions in a text. Lines end with LF, or CR LF. */
export const positionsIn = (text: string): PositionOf => {
  const starts = [0]
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1)
  return (offset) => {
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}
