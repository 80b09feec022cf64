/** A difference on a terminal: beside each other where there is room, else one below the other. */
import type { FileDiff } from "../../../domain/FileDiff.js"
import { changeLine } from "../changes.js"
import { type Paint, paint } from "../paint.js"
import type { Style } from "../Style.js"
import { type Block, blocksOf, type Cell, type Row } from "./blocks.js"
import { type Fact, factsOf } from "./facts.js"

/** Columns from which two texts fit beside each other. */
const wide = 160

/** What a person sees: `sideBySide` puts both beside each other where there is little room, too. */
export interface Shown extends Style {
  readonly sideBySide: boolean
}

export const diffView = (found: FileDiff, original: string, modified: string, shown: Shown): string =>
  diffLines(found, original, modified, shown).join("\n")

/** Its lines; the first one says what is compared. */
export const diffLines = (
  found: FileDiff,
  original: string,
  modified: string,
  style: Shown
): ReadonlyArray<string> => {
  const colors = paint(style)
  if (found.kind === "json") {
    const lines = found.changes.map((change) => changeLine(change, "", style, colors))
    return [...factsOf(found, 0).map(factLine(colors)), ...lines]
  }
  const { blocks, hidden } = found.identical ? { blocks: [], hidden: 0 } : blocksOf(found, original, modified)
  const digits = String(Math.max(1, ...blocks.flatMap(lastLines))).length
  const show = style.sideBySide || style.width >= wide ? beside : below
  return [
    ...factsOf(found, hidden).map(factLine(colors)),
    ...blocks.flatMap((block) => [
      colors.faint(block.within === "" ? "@@" : `@@ ${printable(block.within)} @@`),
      ...show(block.rows, digits, style, colors)
    ])
  ]
}

const lastLines = ({ rows }: Block): ReadonlyArray<number> =>
  rows.flatMap(({ left, right }) => [left?.line ?? 0, right?.line ?? 0])

const factLine =
  (colors: Paint) =>
  ({ mark, text }: Fact): string => {
    const line = printable(text)
    return mark === "plain" ? line : mark === "title" ? colors.strong(line) : colors[mark](line)
  }

/** Control characters would move the cursor. */
export const printable = (text: string): string => text.replaceAll("\t", "  ").replaceAll(/\p{Cc}/gu, "·")

type Show = (rows: ReadonlyArray<Row>, digits: number, style: Style, colors: Paint) => ReadonlyArray<string>

const number = (cell: Cell | undefined, digits: number): string => String(cell?.line ?? "").padStart(digits)

/** Parts in the colour of their side; what is the same on both stays faint beside it. */
const coloured = (cell: Cell, color: (text: string) => string): string =>
  cell.parts.map(({ differs: isOwn, text }) => (isOwn ? color(printable(text)) : printable(text))).join("")

const below: Show = (rows, digits, _style, colors) => {
  const lines: Array<string> = []
  let later: Array<string> = []
  for (const row of rows) {
    const { left, right } = row
    if (!row.changed) {
      lines.push(
        ...later,
        `  ${colors.faint(number(right, digits))}  ${right === undefined ? "" : plainText(right)}`
      )
      later = []
      continue
    }
    // what is gone comes first, then what stands in its place
    if (left !== undefined)
      lines.push(`${colors.bad("-")} ${colors.faint(number(left, digits))}  ${coloured(left, colors.bad)}`)
    if (right !== undefined)
      later.push(
        `${colors.good("+")} ${colors.faint(number(right, digits))}  ${coloured(right, colors.good)}`
      )
  }
  return [...lines, ...later]
}

const plainText = ({ parts }: Cell): string => printable(parts.map(({ text }) => text).join(""))

/** Columns of a text that say something. */
const narrowest = 10

const beside: Show = (rows, digits, { width }, colors) => {
  const half = Math.max(narrowest, Math.floor((width - 3) / 2) - digits - 3)
  return rows.map((row) => {
    const isSame = !row.changed
    const left = side(row.left, isSame ? " " : "-", digits, half, colors, colors.bad)
    const right = side(row.right, isSame ? " " : "+", digits, half, colors, colors.good)
    return `${left} ${colors.faint("|")} ${right}`.trimEnd()
  })
}

/** One half of a line: cut to its width, and filled up to it. */
const side = (
  cell: Cell | undefined,
  sign: string,
  digits: number,
  width: number,
  colors: Paint,
  color: (text: string) => string
): string => {
  if (cell === undefined) return " ".repeat(digits + 3 + width)
  let room = width
  let text = ""
  for (const part of cell.parts) {
    const all = printable(part.text)
    const shown = all.length > room ? `${all.slice(0, Math.max(0, room - 1))}${room > 0 ? "…" : ""}` : all
    room -= shown.length
    text += part.differs && shown !== "" ? color(shown) : shown
  }
  const mark = sign === " " ? sign : color(sign)
  return `${mark} ${colors.faint(number(cell, digits))} ${text}${" ".repeat(Math.max(0, room))}`
}
