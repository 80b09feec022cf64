/** How two texts differ by lines, and two lines by words. */
import { diffArrays, diffWordsWithSpace } from "diff"
import type { Hunk } from "../../../domain/FileDiff.js"

/** Lines that may differ before the rest is one change: the time grows with their square. */
const mostEdits = 5000

/** A text as lines, without what ends them; a last line that is empty is none. */
export const linesOf = (text: string): ReadonlyArray<string> => {
  const lines = text.split(/\r\n|\n/)
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines
}

/** The places at which lines differ, in order. How lines end is a difference only if nothing else is. */
export const lineHunks = (original: string, modified: string): ReadonlyArray<Hunk> => {
  if (original === modified) return []
  const before = linesOf(original)
  const after = linesOf(modified)
  const hunks = hunksOf(before, after)
  return hunks.length > 0 ? hunks : hunksOf(original.split("\n"), modified.split("\n"))
}

const hunksOf = (before: ReadonlyArray<string>, after: ReadonlyArray<string>): ReadonlyArray<Hunk> => {
  const parts = diffArrays([...before], [...after], { maxEditLength: mostEdits })
  if (parts === undefined) {
    return [{ originalLine: 1, modifiedLine: 1, original: before, modified: after }]
  }
  const hunks: Array<Hunk> = []
  let open:
    | { originalLine: number; modifiedLine: number; original: Array<string>; modified: Array<string> }
    | undefined
  let originalLine = 1
  let modifiedLine = 1
  for (const { added, removed, value } of parts) {
    if (!added && !removed) {
      if (open !== undefined) hunks.push(open)
      open = undefined
      originalLine += value.length
      modifiedLine += value.length
      continue
    }
    open ??= { originalLine, modifiedLine, original: [], modified: [] }
    if (removed) {
      open.original.push(...value)
      originalLine += value.length
    } else {
      open.modified.push(...value)
      modifiedLine += value.length
    }
  }
  return open === undefined ? hunks : [...hunks, open]
}

/** A part of a line, and whether it differs from the other line. */
export interface Part {
  readonly text: string
  readonly differs: boolean
}

/** Both lines in parts. Lines that have nothing in common but blanks differ as a whole. */
export const wordParts = (
  original: string,
  modified: string
): { readonly original: ReadonlyArray<Part>; readonly modified: ReadonlyArray<Part> } => {
  const changes = diffWordsWithSpace(original, modified, { maxEditLength: 500 }) ?? []
  if (!changes.some(({ added, removed, value }) => !added && !removed && value.trim() !== "")) {
    return { original: [{ text: original, differs: true }], modified: [{ text: modified, differs: true }] }
  }
  const partsOf = (other: "added" | "removed"): ReadonlyArray<Part> =>
    changes
      .filter((change) => !change[other])
      .map(({ added, removed, value }) => ({ text: value, differs: added || removed }))
  return { original: partsOf("added"), modified: partsOf("removed") }
}
