/** Tables that fit: columns that matter least go first when the terminal is narrow. */
import * as Effect from "effect/Effect"
import type { Style } from "./Style.js"

export interface Column {
  readonly head: string
  readonly align?: "left" | "right"
  /** Kept longest: 0 is never left out. */
  readonly rank: number
  readonly cells: ReadonlyArray<string>
}

const colour = /\u001B\[[0-9;]*m/g
const widthOf = (cell: string): number => cell.replaceAll(colour, "").length

/** The columns that fit into `width`, and whether the ruled form does. */
export const fitting = (columns: ReadonlyArray<Column>, width: number): ReadonlyArray<Column> => {
  const needed = (chosen: ReadonlyArray<Column>): number =>
    chosen.reduce((sum, { cells, head }) => sum + 3 + Math.max(...[head, ...cells].map(widthOf)), 1)
  let chosen = columns.filter(({ cells, rank }) => rank === 0 || cells.some((cell) => cell !== ""))
  while (needed(chosen) > width) {
    const last = Math.max(...chosen.map(({ rank }) => rank))
    if (last <= 0) break
    chosen = chosen.filter(({ rank }) => rank !== last)
  }
  return chosen
}

/** Draws a table of these columns. */
export type DrawTable = (columns: ReadonlyArray<Column>, style: Style) => string

/** Loads the library that draws tables: only a person needs it. */
export const loadTable = async (): Promise<DrawTable> => {
  const { default: Table } = await import("cli-table3")
  return (columns, style) => {
    const shown = fitting(columns, style.width)
    const drawn = new Table({
      head: shown.map(({ head }) => head),
      colAligns: shown.map(({ align }) => align ?? "left"),
      chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
      style: { head: [], border: [], "padding-left": 1, "padding-right": 1 }
    })
    const rows = Math.max(0, ...shown.map(({ cells }) => cells.length))
    for (let row = 0; row < rows; row++) drawn.push(shown.map(({ cells }) => cells[row] ?? ""))
    return drawn.toString()
  }
}

/** A table of these columns. */
export const table = (columns: ReadonlyArray<Column>, style: Style): Effect.Effect<string> =>
  Effect.map(Effect.promise(loadTable), (draw) => draw(columns, style))
