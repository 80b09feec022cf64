/** One tag of a prompt: `<file_map id="api" src="src/**" content="names"/>`. */
import type { BlockType } from "../domain/PromptBlock.js"
import { endOfLine, startOfIndent } from "./position.js"

export interface Tag {
  readonly name: string
  /** Undefined for a name that is no block type. */
  readonly type: BlockType | undefined
  readonly closing: boolean
  readonly selfClosing: boolean
  /** Whether nothing else stands on its line. */
  readonly alone: boolean
  readonly id: string | undefined
  readonly include: { readonly src: string; readonly content: "names" | "full" } | undefined
  readonly problem: { readonly what: string; readonly fix: string } | undefined
  readonly start: number
  readonly lineStart: number
  /** Behind the line break. */
  readonly end: number
}

const types = new Map<string, BlockType>([
  ["requirements", "requirements"],
  ["style_guide", "style_guide"],
  ["file_map", "file_map"],
  ["context", "context"]
])

const tagLine = /^<(\/?)([A-Za-z][\w-]*)((?:\s+[\w-]+\s*=\s*(?:"[^"\n]*"|'[^'\n]*'))*)\s*(\/?)>[ \t]*\r?\n?$/
/** A longer line is no tag: the pattern's repetition would exhaust the stack on a line of megabytes. */
const maxTagLine = 8192
const knownStart = /^<\/?(requirements|style_guide|file_map|context)(?=[\s/>])/
const attribute = /([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
const validId = /^[A-Za-z0-9_.:-]{1,64}$/

/**
 * The tag whose `<` stands at an offset, or undefined where there is none: a tag starts its line, at most three spaces
 * from its start. An unknown name counts only when the tag is alone on its line.
 */
export const readTag = (text: string, start: number): Tag | undefined => {
  const lineStart = startOfIndent(text, start)
  if (lineStart === undefined) return undefined
  const end = endOfLine(text, start)
  const line = text.slice(start, end)
  const match = line.length > maxTagLine ? null : tagLine.exec(line)
  if (match === null) {
    const name = knownStart.exec(line)?.[1]
    return name === undefined
      ? undefined
      : {
          name,
          type: types.get(name),
          closing: line[1] === "/",
          selfClosing: false,
          alone: isMalformed(line),
          id: undefined,
          include: undefined,
          problem: malformed,
          start,
          lineStart,
          end
        }
  }
  const name = match[2] ?? ""
  const attributes = match[3] ?? ""
  const type = types.get(name)
  const closing = match[1] === "/"
  const selfClosing = match[4] === "/"
  const { id, include, problem } =
    type === undefined || attributes === "" ? noAttributes : readAttributes(type, attributes, closing)
  return {
    name,
    type,
    closing,
    selfClosing,
    alone: true,
    id,
    include,
    problem: closing && selfClosing ? malformed : problem,
    start,
    lineStart,
    end
  }
}

type Attributes = Pick<Tag, "id" | "include" | "problem">

const noAttributes: Attributes = { id: undefined, include: undefined, problem: undefined }

const malformed = {
  what: "The tag's attributes cannot be read",
  fix: 'Write them as name="value", and end the tag with >.'
} as const

/** Whether the line is one broken tag rather than a tag with text behind it. */
const isMalformed = (line: string): boolean => !/>[^>]*\S/.test(line.trimEnd())

const readAttributes = (type: BlockType, text: string, closing: boolean): Attributes => {
  const refuse = (what: string, fix: string): Attributes => ({
    id: undefined,
    include: undefined,
    problem: { what, fix }
  })
  if (closing) return refuse("A closing tag has attributes", "Move them to the opening tag.")
  const values = new Map<string, string>()
  for (const [, name = "", double, single] of text.matchAll(attribute)) {
    if (values.has(name)) return refuse(`Attribute "${name}" stands twice`, "Keep one.")
    values.set(name, double ?? single ?? "")
  }
  const known =
    type === "file_map" ? ["id", "src", "content"] : type === "style_guide" ? ["id", "src"] : ["id"]
  const unknown = [...values.keys()].find((name) => !known.includes(name))
  if (unknown !== undefined) {
    return refuse(`<${type}> has no attribute "${unknown}"`, `It takes ${known.join(", ")}.`)
  }
  const id = values.get("id")
  if (id !== undefined && !validId.test(id)) {
    return refuse("The id is not valid", "Use 1 to 64 letters, digits, dots, colons, dashes or underscores.")
  }
  const src = values.get("src")
  const content = values.get("content")
  if (src === "") return refuse("src is empty", 'Give a pattern: src="src/**/*.ts".')
  if (src === undefined) {
    return content === undefined
      ? { id, include: undefined, problem: undefined }
      : refuse("content stands without src", 'Add src="…", or remove content.')
  }
  if (type === "style_guide") return { id, include: { src, content: "full" }, problem: undefined }
  if (content !== undefined && content !== "names" && content !== "full") {
    return refuse(`content="${content}" is not known`, 'Use content="names" or content="full".')
  }
  return { id, include: { src, content: content ?? "names" }, problem: undefined }
}
