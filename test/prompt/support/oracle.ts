/** A second parser of prompts, which goes line by line as the format's page tells it, slowly and plainly. */
import * as FastCheck from "effect/FastCheck"
import type { PromptSyntaxError } from "../../../src/domain/PromptErrors.js"
import type { Section } from "../../../src/prompt/source.js"
import { readTag, type Tag } from "../../../src/prompt/tag.js"

/** Sources made of what parsers trip over. They have no front matter, so that every line counts. */
export const nasty: FastCheck.Arbitrary<string> = FastCheck.array(
  FastCheck.constantFrom(
    "<context>",
    "</context>",
    "<requirements>",
    "</requirements>",
    '<style_guide id="s">',
    "</style_guide>",
    '<file_map src="a"/>',
    '<file_map src="a">',
    "</file_map>",
    "<context/>",
    '<context id="!">',
    '</context id="a">',
    "<context",
    "<nope>",
    "<",
    ">",
    "/>",
    "```",
    "````",
    "``` x `",
    "~~~",
    "~~~ ~",
    "```ts",
    "`",
    "text",
    " ",
    "   ",
    "    ",
    "\t",
    "\n",
    "\n",
    "\n",
    "\n\n",
    "\r\n",
    "\r\n",
    "\r",
    "\0",
    "\u00a0",
    "\u2028",
    "\ud800",
    "😀",
    "\ufeff"
  ),
  { maxLength: 30 }
).map((parts) => parts.join(""))

type Shown = Omit<Section, "offset">
type Refusal = { readonly reason: PromptSyntaxError["reason"]; readonly line: number }

/** The sections of a source, or the first error and its line. Tags are read by `readTag`, which has tests of its own. */
export const byLines = (text: string): ReadonlyArray<Shown> | Refusal => {
  const sections: Array<Shown> = []
  let fence: { readonly run: string; readonly line: number } | undefined
  let hidden = false
  let open: { readonly tag: Tag; readonly line: number } | undefined
  let gathered = ""
  let start = 0
  let number = 0

  const push = (tag: Tag | undefined): void => {
    if (tag?.include !== undefined) {
      sections.push({ type: tag.type ?? "context", name: tag.id, content: "", include: tag.include })
    } else if (tag === undefined) {
      const content = gathered.replace(/^([ \t]*\r?\n)+/, "").trimEnd()
      if (content !== "") sections.push({ type: "context", name: undefined, content, include: undefined })
    } else {
      const content = gathered.replace(/\r?\n$/, "")
      if (content.trim() !== "")
        sections.push({ type: tag.type ?? "context", name: tag.id, content, include: undefined })
    }
    gathered = ""
  }

  for (const whole of text.split(/(?<=\n)/)) {
    number++
    const mark = start === 0 && whole.startsWith("\ufeff") ? 1 : 0
    const line = whole.slice(mark)
    const at = start + mark + (/^ {0,3}(?=<)/.exec(line)?.[0].length ?? 0)
    const tag = text[at] === "<" ? readTag(text, at) : undefined
    start += whole.length
    if (fence !== undefined) {
      gathered += line
      hidden ||= open === undefined && tag?.type !== undefined && tag.alone
      const closing = /^ {0,3}(`{3,}|~{3,})[ \t]*(\r?\n)?$/.exec(line)?.[1]
      if (closing?.startsWith(fence.run) === true) {
        fence = undefined
        hidden = false
      }
      continue
    }
    const opening = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[1]
    if (opening !== undefined) {
      fence = { run: opening, line: number }
      gathered += line
    } else if (tag === undefined) {
      gathered += line
    } else if (open === undefined) {
      if (tag.type === undefined) return { reason: "unknown-tag", line: number }
      if (!tag.alone) return { reason: "not-alone", line: number }
      if (tag.closing) return { reason: "stray-closing-tag", line: number }
      if (tag.problem !== undefined) return { reason: "attribute", line: number }
      push(undefined)
      if (!tag.selfClosing) open = { tag, line: number }
      else if (tag.include === undefined) return { reason: "attribute", line: number }
      else push(tag)
    } else if (tag.type === undefined || !tag.alone) {
      gathered += line
    } else {
      if (tag.closing && tag.problem !== undefined) return { reason: "attribute", line: number }
      if (!tag.closing || tag.type !== open.tag.type) return { reason: "nested-tag", line: number }
      if (open.tag.include !== undefined && gathered.trim() !== "")
        return { reason: "attribute", line: open.line }
      push(open.tag)
      open = undefined
    }
  }
  if (open !== undefined) return { reason: "unclosed-tag", line: open.line }
  if (fence !== undefined && hidden) return { reason: "unclosed-fence", line: fence.line }
  push(undefined)
  return sections.length === 0 ? { reason: "empty-prompt", line: text.split("\n").length } : sections
}
