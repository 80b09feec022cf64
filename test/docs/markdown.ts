/** The code in the documentation: what is in its fences, and what each says it prints. */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../..", import.meta.url))

/** A fenced block. `info` is the rest of the fence's first line behind the language. */
export interface Fenced {
  /** Relative to the project. */
  readonly file: string
  /** Of the fence's first line, from 1. */
  readonly line: number
  readonly language: string
  readonly info: string
  readonly code: string
  /** The `text` block that follows with nothing but blank lines in between. */
  readonly output: string | undefined
}

/** The README and the guides, relative to the project. */
export const pages: ReadonlyArray<string> = [
  "README.md",
  ...Fs.readdirSync(Path.join(root, "docs/guides"))
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => `docs/guides/${name}`)
]

export const readPage = (file: string): string => Fs.readFileSync(Path.join(root, file), "utf8")

/** All fences of a page, in order. A fence that is not closed is an error: everything behind it would not be tested. */
export const fencesOf = (file: string, text = readPage(file)): ReadonlyArray<Fenced> => {
  const found: Array<Omit<Fenced, "output"> & { readonly end: number }> = []
  const lines = text.split("\n")
  for (let at = 0; at < lines.length; at++) {
    const open = /^(`{3,})([\w-]*) *(.*)$/.exec(lines[at] ?? "")
    if (open === null) continue
    const [, marks = "", language = "", info = ""] = open
    const end = lines.indexOf(marks, at + 1)
    if (end === -1) throw new Error(`${file}:${at + 1}: the fence is not closed`)
    found.push({ file, line: at + 1, language, info, code: lines.slice(at + 1, end).join("\n"), end })
    at = end
  }
  return found.map(({ end, ...fence }, index) => {
    const next = found[index + 1]
    const follows =
      next?.language === "text" &&
      lines.slice(end + 1, next.line - 1).every((between) => between.trim() === "")
    return { ...fence, output: follows ? next.code : undefined }
  })
}

/**
 * A line of output without what may differ from run to run: digests, times, numbers and the widths that follow from
 * them. Words stay.
 */
const shape = (line: string): string =>
  line
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "<id>")
    .replaceAll(/\b[0-9a-f]{8,64}\b/g, "<hex>")
    .replaceAll(/\d[\d,]*(\.\d+)*/g, "0")
    .replaceAll(/─+/g, "─")
    .replaceAll(/\s+/g, " ")
    .trim()

const shapes = (text: string): ReadonlyArray<string> => text.trimEnd().split("\n").map(shape)

/**
 * What of `expected` is not in `actual`, or undefined when they agree. A line `…` in `expected` stands for any number of
 * lines.
 */
export const disagreement = (expected: string, actual: string): string | undefined => {
  const found = shapes(actual)
  let at = 0
  let anywhere = false
  for (const line of shapes(expected)) {
    if (line === "…") {
      anywhere = true
      continue
    }
    const next = anywhere ? found.indexOf(line, at) : at
    if (next === -1 || found[next] !== line)
      return `documented "${line}", printed "${found[at] ?? "nothing"}"`
    at = next + 1
    anywhere = false
  }
  return anywhere || at === found.length ? undefined : `printed "${found[at] ?? ""}", which is not documented`
}
