/**
 * Tables that fit: columns that matter least go first when the terminal is narrow, then the rules between them, then what
 * does not fit into a cell.
 */
import * as Effect from "effect/Effect"
import type { Style } from "./Style.js"

export interface Column {
  readonly head: string
  readonly align?: "left" | "right"
  /** Kept longest: 0 is never left out. */
  readonly rank: number
  readonly cells: ReadonlyArray<string>
  /** A cell that is too long goes on in the next line, instead of being cut. */
  readonly wraps?: boolean
}

const colour = /\u001B\[[0-9;]*m/g
const widthOf = (cell: string): number => cell.replaceAll(colour, "").length

const natural = ({ cells, head }: Column): number => Math.max(...[head, ...cells].map(widthOf))

/** What the ruled form takes: each cell has a space on both sides and a rule behind it. */
const ruled = (columns: ReadonlyArray<Column>): number =>
  columns.reduce((sum, column) => sum + 3 + natural(column), 1)

/** The columns that fit into `width` in the ruled form; those that are never left out may not. */
export const fitting = (columns: ReadonlyArray<Column>, width: number): ReadonlyArray<Column> => {
  let chosen = columns.filter(({ cells, rank }) => rank === 0 || cells.some((cell) => cell !== ""))
  while (ruled(chosen) > width) {
    const last = Math.max(...chosen.map(({ rank }) => rank))
    if (last <= 0) break
    chosen = chosen.filter(({ rank }) => rank !== last)
  }
  return chosen
}

/** The widths at which columns fit without rules, one space between them. Numbers are not cut. */
const squeezed = (columns: ReadonlyArray<Column>, width: number): Array<number> => {
  const widths = columns.map(natural)
  const texts = columns.flatMap(({ align }, i) => (align === "right" ? [] : [i]))
  const widthAt = (i: number): number => widths[i] ?? 0
  let over = widths.reduce((sum, each) => sum + each + 1, -1) - width
  for (; over > 0; over--) {
    const widest = texts.reduce((best, i) => (widthAt(i) > widthAt(best) ? i : best), texts[0] ?? 0)
    if (widthAt(widest) <= 1) break
    widths[widest] = widthAt(widest) - 1
  }
  return widths
}

const edges = ["top", "bottom", "left", "right"].flatMap((edge) => [edge, `${edge}-mid`])
const corners = ["top-left", "top-right", "bottom-left", "bottom-right", "mid", "mid-mid"]
const withoutRules = { ...Object.fromEntries([...edges, ...corners].map((each) => [each, ""])), middle: " " }
const withRules = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" }

/** Draws a table of these columns. */
export type DrawTable = (columns: ReadonlyArray<Column>, style: Style) => string

/** Loads the library that draws tables: only a person needs it. */
export const loadTable = async (): Promise<DrawTable> => {
  const { default: Table } = await import("cli-table3")
  return (columns, style) => {
    const shown = fitting(columns, style.width)
    const roomy = ruled(shown) <= style.width
    const padding = roomy ? 1 : 0
    const drawn = new Table({
      head: shown.map(({ head }) => head),
      colAligns: shown.map(({ align }) => align ?? "left"),
      chars: roomy ? withRules : withoutRules,
      style: { head: [], border: [], "padding-left": padding, "padding-right": padding },
      ...(roomy ? {} : { colWidths: squeezed(shown, style.width), wrapOnWordBoundary: false })
    })
    const rows = Math.max(0, ...shown.map(({ cells }) => cells.length))
    for (let row = 0; row < rows; row++) {
      drawn.push(shown.map(({ cells, wraps }) => ({ content: cells[row] ?? "", wordWrap: wraps === true })))
    }
    return drawn.toString().replaceAll(/ +$/gm, "")
  }
}

/** A table of these columns. */
export const table = (columns: ReadonlyArray<Column>, style: Style): Effect.Effect<string> =>
  Effect.map(Effect.promise(loadTable), (draw) => draw(columns, style))
