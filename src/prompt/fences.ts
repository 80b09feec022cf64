/** Fenced code blocks as CommonMark 0.31 §4.5 has them: what stands in one is text. */
import { endOfLine, startOfIndent } from "./position.js"

/** From the start of the opening line to behind the closing one. */
export interface Fence {
  readonly start: number
  readonly end: number
  readonly closed: boolean
}

/** The fences from an offset on, in order. A text without ``` and ~~~ costs two searches. */
export const findFences = (text: string, from: number): ReadonlyArray<Fence> => {
  const fences: Array<Fence> = []
  let at = from
  let backticks = text.indexOf("```", at)
  let tildes = text.indexOf("~~~", at)
  while (backticks !== -1 || tildes !== -1) {
    const mark = tildes === -1 || (backticks !== -1 && backticks < tildes) ? "`" : "~"
    const candidate = mark === "`" ? backticks : tildes
    const fence = fenceAt(text, candidate, mark)
    if (fence !== undefined) fences.push(fence)
    at = fence === undefined ? candidate + runLength(text, candidate, mark) : fence.end
    if (backticks !== -1 && backticks < at) backticks = text.indexOf("```", at)
    if (tildes !== -1 && tildes < at) tildes = text.indexOf("~~~", at)
  }
  return fences
}

/** The fence that holds an offset. */
export const fenceAround = (fences: ReadonlyArray<Fence>, offset: number): Fence | undefined => {
  let low = 0
  let high = fences.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const fence = fences[middle]
    if (fence === undefined) return undefined
    if (offset < fence.start) high = middle - 1
    else if (offset >= fence.end) low = middle + 1
    else return fence
  }
  return undefined
}

const runLength = (text: string, at: number, mark: string): number => {
  let end = at
  while (text[end] === mark) end++
  return end - at
}

const fenceAt = (text: string, at: number, mark: "`" | "~"): Fence | undefined => {
  const start = startOfIndent(text, at)
  if (start === undefined) return undefined
  const length = runLength(text, at, mark)
  const bodyStart = endOfLine(text, at)
  // an info string with a backtick makes it inline code
  if (mark === "`" && text.slice(at + length, bodyStart).includes("`")) return undefined
  const three = mark.repeat(3)
  // each run is measured once and stepped over whole, so a text of nothing but runs is still read in linear time
  for (let close = text.indexOf(three, bodyStart); close !== -1;) {
    const closeLength = runLength(text, close, mark)
    const lineEnd =
      closeLength < length || startOfIndent(text, close) === undefined
        ? undefined
        : endOfBlank(text, close + closeLength)
    if (lineEnd !== undefined) return { start, end: lineEnd, closed: true }
    close = text.indexOf(three, close + closeLength)
  }
  return { start, end: text.length, closed: false }
}

/** Where the line ends, if only spaces and tabs stand between here and there. */
const endOfBlank = (text: string, from: number): number | undefined => {
  let at = from
  while (text.charCodeAt(at) === 0x20 || text.charCodeAt(at) === 0x09) at++
  if (at === text.length) return at
  if (text.charCodeAt(at) === 0x0a) return at + 1
  return text.startsWith("\r\n", at) ? at + 2 : undefined
}
