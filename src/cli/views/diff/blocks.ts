/** The lines of two texts that a reader is shown: what differs, with a little of what is around it. */
import type { ASTDiff } from "../../../domain/AstDiff.js"
import type { FileDiff, Hunk } from "../../../domain/FileDiff.js"
import { lineHunks, linesOf, type Part, wordParts } from "../../../replay/diff/text/lines.js"
import { type Marks, marksOf } from "./marks.js"

export interface Cell {
  readonly line: number
  readonly parts: ReadonlyArray<Part>
}

/** Lines beside each other. */
export interface Row {
  /** False for what is around a difference: it is the same on both sides. */
  readonly changed: boolean
  readonly left: Cell | undefined
  readonly right: Cell | undefined
}

export interface Block {
  /** The names of the declarations that the first difference is in. */
  readonly within: string
  readonly rows: ReadonlyArray<Row>
}

export interface Blocks {
  readonly blocks: ReadonlyArray<Block>
  /** Places where only the layout or comments differ, which are not shown. */
  readonly hidden: number
}

/** Lines shown before and behind a difference. */
const around = 2

export const blocksOf = (found: FileDiff, original: string, modified: string): Blocks => {
  const all = found.kind === "text" ? found.hunks : lineHunks(original, modified)
  const ast = found.kind === "typescript" ? found.ast : undefined
  const marks =
    ast === undefined ? undefined : { left: marksOf(ast, "original"), right: marksOf(ast, "modified") }
  const shown = marks === undefined ? all : all.filter((hunk) => isMeaningful(hunk, marks))
  const [before, after] = [linesOf(original), linesOf(modified)]
  const blocks: Array<{ readonly hunks: Array<Hunk> }> = []
  for (const hunk of shown) {
    const last = blocks.at(-1)?.hunks.at(-1)
    const isNear =
      last !== undefined && hunk.originalLine - last.originalLine - last.original.length <= 2 * around
    // what is hidden between two places would be shown as if it were the same
    if (isNear && !all.some((each) => each !== hunk && each !== last && isBetween(each, last, hunk))) {
      blocks.at(-1)?.hunks.push(hunk)
    } else blocks.push({ hunks: [hunk] })
  }
  return {
    blocks: blocks.map(({ hunks }) => ({
      within: withinOf(ast, hunks),
      rows: rowsOf(hunks, before, after, marks)
    })),
    hidden: all.length - shown.length
  }
}

const isBetween = (hunk: Hunk, first: Hunk, last: Hunk): boolean =>
  hunk.originalLine >= first.originalLine && hunk.originalLine <= last.originalLine

interface BothMarks {
  readonly left: Marks
  readonly right: Marks
}

/** Whether a place has something of what differs. */
const isMeaningful = (
  { modified, modifiedLine, original, originalLine }: Hunk,
  { left, right }: BothMarks
): boolean =>
  original.some((_, index) => left.has(originalLine + index)) ||
  modified.some((_, index) => right.has(modifiedLine + index))

const withinOf = (ast: ASTDiff | undefined, hunks: ReadonlyArray<Hunk>): string => {
  const [first] = hunks
  if (ast === undefined || first === undefined) return ""
  const isIn = (line: number, from: number, count: number): boolean => line >= from && line < from + count
  const found =
    ast.added.find(({ line }) => isIn(line, first.modifiedLine, first.modified.length)) ??
    ast.removed.find(({ line }) => isIn(line, first.originalLine, first.original.length)) ??
    ast.modified.find(({ original }) => isIn(original.line, first.originalLine, first.original.length))
      ?.original
  return found?.within ?? ""
}

const whole = (text: string | undefined, differs: boolean): ReadonlyArray<Part> => [
  { text: text ?? "", differs }
]

const rowsOf = (
  hunks: ReadonlyArray<Hunk>,
  before: ReadonlyArray<string>,
  after: ReadonlyArray<string>,
  marks: BothMarks | undefined
): ReadonlyArray<Row> => {
  const rows: Array<Row> = []
  const same = (left: number, right: number, count: number): void => {
    for (let index = 0; index < count; index++) {
      if (before[left + index - 1] === undefined || after[right + index - 1] === undefined) continue
      rows.push({
        changed: false,
        left: { line: left + index, parts: whole(before[left + index - 1], false) },
        right: { line: right + index, parts: whole(after[right + index - 1], false) }
      })
    }
  }
  for (const [index, hunk] of hunks.entries()) {
    const previous = hunks[index - 1]
    const from =
      previous === undefined ? hunk.originalLine - around : previous.originalLine + previous.original.length
    const count = hunk.originalLine - from
    same(from, hunk.modifiedLine - count, count)
    rows.push(...changedRows(hunk, marks))
  }
  const last = hunks.at(-1)
  if (last !== undefined) {
    same(last.originalLine + last.original.length, last.modifiedLine + last.modified.length, around)
  }
  return rows
}

const changedRows = (hunk: Hunk, marks: BothMarks | undefined): ReadonlyArray<Row> => {
  const { modified, modifiedLine, original, originalLine } = hunk
  const isPaired = original.length === modified.length
  return Array.from({ length: Math.max(original.length, modified.length) }, (_, index): Row => {
    const [left, right] = [original[index], modified[index]]
    const lines = [originalLine + index, modifiedLine + index] as const
    const words =
      marks === undefined && isPaired && left !== undefined && right !== undefined
        ? wordParts(left, right)
        : undefined
    return {
      changed: true,
      left:
        left === undefined
          ? undefined
          : {
              line: lines[0],
              parts: marks?.left.parts(lines[0], left) ?? words?.original ?? whole(left, true)
            },
      right:
        right === undefined
          ? undefined
          : {
              line: lines[1],
              parts: marks?.right.parts(lines[1], right) ?? words?.modified ?? whole(right, true)
            }
    }
  })
}
