/** Lines and columns of offsets, counted from 1 as findings count them. */
import type { Range } from "./Mapped.js"

export interface Place {
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

export const makePlaces = (text: string): ((range: Range) => Place) => {
  const starts = [
    0,
    ...[...text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)].map((each) => each.index + each[0].length)
  ]
  const at = (offset: number): readonly [line: number, column: number] => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return [low + 1, offset - (starts[low] ?? 0) + 1]
  }
  return ({ end, start }) => {
    const [line, column] = at(start)
    const [endLine, endColumn] = at(end)
    return { line, column, endLine, endColumn }
  }
}
