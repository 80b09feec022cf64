/** Sections inside of blocks: tags and fences that are never closed, and sentences that say the opposite of each other. */
import type { PromptBlock } from "../../src/domain/PromptBlock.js"
import type { Found } from "./places.js"

interface Line {
  readonly text: string
  readonly start: number
}

const linesOf = (content: string): ReadonlyArray<Line> =>
  [...content.matchAll(/[^\n\r]+/g)].map(({ 0: text, index }) => ({ text, start: index }))

const voids = new Set(["br", "hr", "img", "input", "meta", "link", "area", "base", "col", "source", "wbr"])

/** A fence as CommonMark has it, at the start of a line. */
const fenceOf = (line: string): string | undefined => /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]

const closes = (line: string, fence: string): boolean => {
  const marks = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line)?.[1]
  return marks !== undefined && marks[0] === fence[0] && marks.length >= fence.length
}

/** Lines outside of fences, and the fence that is never closed. */
const outsideFences = (
  content: string
): { readonly lines: ReadonlyArray<Line>; readonly open: Line | undefined } => {
  const lines: Array<Line> = []
  let open: { readonly line: Line; readonly marks: string } | undefined
  for (const line of linesOf(content)) {
    if (open !== undefined) {
      if (closes(line.text, open.marks)) open = undefined
      continue
    }
    const marks = fenceOf(line.text)
    if (marks === undefined) lines.push(line)
    else open = { line, marks }
  }
  return { lines, open: open?.line }
}

export const unclosedSections = (blocks: ReadonlyArray<PromptBlock>): ReadonlyArray<Found> =>
  blocks.flatMap((block) => {
    const { lines, open } = outsideFences(block.content)
    const found: Array<Found> = []
    if (open !== undefined) {
      const end = open.start + open.text.length
      found.push({ block, start: open.start, end, message: "A code fence is opened here and never closed" })
    }
    const stack: Array<{ readonly name: string; readonly start: number; readonly end: number }> = []
    for (const { start, text } of lines) {
      // a section's tag stands alone at the start of a line; one within a sentence is only spoken of
      const tag = /^[ \t]*<(\/?)([A-Za-z][\w-]{0,63})(?:[ \t][^<>]*)?>/.exec(text)
      if (tag === null) continue
      const [all, slash, name = ""] = tag
      if (all.endsWith("/>") || voids.has(name.toLowerCase())) continue
      if (slash === "/") {
        const at = stack.findLastIndex((each) => each.name === name)
        if (at !== -1) stack.splice(at, 1)
      } else if (!text.slice(all.length).includes(`</${name}>`)) {
        stack.push({ name, start: start + all.indexOf("<"), end: start + all.length })
      }
    }
    for (const { end, start } of stack) {
      found.push({ block, start, end, message: "A tag is opened here and never closed" })
    }
    return found.sort((one, other) => one.start - other.start)
  })

const must = /\b(?:must|shall|do)\b[ *_]+(?:not|never)\b|\b(?:never|don't|mustn't)\b/gi
const demand = /\b(?:must|shall|always|do)\b/gi

/** What a line demands, and whether it forbids it; undefined for a line that demands nothing. */
const demandOf = (line: string): { readonly what: string; readonly forbids: boolean } | undefined => {
  const plain = line.replaceAll(/[*_`]/g, "").replace(/^\s*(?:[-+>]|\d+[.)])?\s*/, "")
  const without = plain.replaceAll(must, " ")
  const forbids = without !== plain
  const bare = without.replaceAll(demand, " ")
  if (!forbids && bare === without) return undefined
  const what = bare
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
  return what === "" ? undefined : { what, forbids }
}

/** The same sentence under the same heading, once with MUST and once with MUST NOT, in whichever blocks. */
export const contradictions = (blocks: ReadonlyArray<PromptBlock>): ReadonlyArray<Found> => {
  const said = new Map<string, boolean>()
  return blocks.flatMap((block) => {
    let heading = ""
    const found: Array<Found> = []
    for (const { start, text } of outsideFences(block.content).lines) {
      const title = /^ {0,3}#{1,6}[ \t]+(.*)$/.exec(text)?.[1]
      if (title !== undefined) {
        heading = title.toLowerCase().trim()
        continue
      }
      const demanded = demandOf(text)
      if (demanded === undefined) continue
      const key = `${heading}\n${demanded.what}`
      const before = said.get(key)
      if (before !== undefined && before !== demanded.forbids) {
        const end = start + text.length
        found.push({ block, start, end, message: "This is demanded and forbidden under the same heading" })
      }
      said.set(key, before ?? demanded.forbids)
    }
    return found
  })
}
