/** Where in the lines of a program something differs: not what was laid out anew beside it. */
import type { ASTDiff, ASTNode } from "../../../domain/AstDiff.js"
import type { Part } from "../../../replay/diff/text/lines.js"

export type Side = "original" | "modified"

/** A range of a text. `only` says that what differs is the word it begins with, or all of the line it begins in. */
type Range = Pick<ASTNode, "line" | "column" | "endLine" | "endColumn"> & {
  readonly only?: "first word" | "whole line"
}

export interface Marks {
  readonly has: (line: number) => boolean
  /** A line in parts by what differs. */
  readonly parts: (line: number, text: string) => ReadonlyArray<Part>
}

/** What one side has that differs: what is only there, what was moved, and what was changed. */
const rangesOf = (ast: ASTDiff, side: Side): ReadonlyArray<Range> => [
  ...ast[side === "original" ? "removed" : "added"],
  ...ast.modified.flatMap((node) =>
    node.changes.flatMap((change): ReadonlyArray<Range> => {
      // a node without a text has more than what changed of it: `const` of a whole declaration
      if (change.type !== "child") {
        return node[side].text === undefined ? [{ ...node[side], only: "first word" }] : [node[side]]
      }
      const child = change[side]
      return typeof child === "object" && child !== null ? [child] : []
    })
  ),
  ...ast.pragmas[side === "original" ? "removed" : "added"].map(({ column, line }): Range => ({
    line,
    column,
    endLine: line,
    endColumn: column,
    only: "whole line"
  }))
]

export const marksOf = (ast: ASTDiff, side: Side): Marks => {
  const byLine = new Map<number, Array<Range>>()
  for (const range of rangesOf(ast, side)) {
    const last = range.only === undefined ? range.endLine : range.line
    for (let line = range.line; line <= last; line++) {
      const known = byLine.get(line)
      if (known === undefined) byLine.set(line, [range])
      else known.push(range)
    }
  }
  return {
    has: (line) => byLine.has(line),
    parts: (line, text) =>
      split(
        text,
        (byLine.get(line) ?? []).map((range) => within(range, line, text))
      )
  }
}

/** The part of a line that is in a range, as offsets. */
const within = (range: Range, line: number, text: string): readonly [start: number, end: number] => {
  if (range.only === "whole line") return [0, text.length]
  const start = line === range.line ? range.column - 1 : text.length - text.trimStart().length
  if (range.only === "first word")
    return [start, start + (/^\w+|^\S/.exec(text.slice(start))?.[0].length ?? 0)]
  return [start, line === range.endLine ? range.endColumn - 1 : text.length]
}

const split = (text: string, ranges: ReadonlyArray<readonly [number, number]>): ReadonlyArray<Part> => {
  const parts: Array<Part> = []
  let at = 0
  for (const [start, end] of [...ranges].sort((one, other) => one[0] - other[0])) {
    const from = Math.max(at, start)
    if (end <= from) continue
    if (from > at) parts.push({ text: text.slice(at, from), differs: false })
    parts.push({ text: text.slice(from, end), differs: true })
    at = end
  }
  return at < text.length || parts.length === 0 ? [...parts, { text: text.slice(at), differs: false }] : parts
}
