/**
 * The source of a prompt: Markdown with optional YAML front matter and blocks in tags on lines of their own. Text outside
 * the tags is a context block; tags inside code fences are text. docs/prompt-format.md is the specification.
 */
import * as Either from "effect/Either"
import { PromptSyntaxError } from "../domain/PromptErrors.js"
import type { BlockType } from "../domain/PromptBlock.js"
import { fenceAround, findFences, type Fence } from "./fences.js"
import { parseFrontMatter, type FrontMatter } from "./frontMatter.js"
import { columnOf, lineOf } from "./position.js"
import { readTag, type Tag } from "./tag.js"

/** A stretch of the source that becomes a block. With `include`, the text of files stands for its content. */
export interface Section {
  readonly type: BlockType
  readonly name: string | undefined
  readonly content: string
  readonly include: { readonly src: string; readonly content: "names" | "full" } | undefined
  /** Where it starts, in UTF-16 code units from the start of the source. */
  readonly offset: number
}

export interface ParsedPrompt {
  readonly frontMatter: FrontMatter
  readonly sections: ReadonlyArray<Section>
}

/** An open tag and where its content starts. */
interface Open {
  readonly tag: Tag
  readonly contentStart: number
}

/**
 * Splits a source into sections, in the order in which they were written. `file` names it in errors.
 *
 * @example
 * parsePrompt("<requirements>\nBe brief.\n</requirements>\nHello", "hello.md")
 * // sections: requirements "Be brief.", context "Hello"
 */
export const parsePrompt = (text: string, file: string): Either.Either<ParsedPrompt, PromptSyntaxError> => {
  const fail = (
    offset: number,
    reason: PromptSyntaxError["reason"],
    problem: string,
    fix: string
  ): Either.Either<never, PromptSyntaxError> =>
    Either.left(
      new PromptSyntaxError({
        file,
        line: lineOf(text, offset),
        column: columnOf(text, offset),
        reason,
        problem,
        fix
      })
    )

  const head = parseFrontMatter(text, file)
  if (Either.isLeft(head)) return Either.left(head.left)
  const fences = findFences(text, head.right.end)
  const sections: Array<Section> = []
  let open: Open | undefined
  let outside = head.right.end
  /** Where the open tag's closing one stands with text behind it, which makes it text. */
  let almostClosed: number | undefined

  for (let at = text.indexOf("<", outside); at !== -1; at = text.indexOf("<", at + 1)) {
    const tag = readTag(text, at)
    if (tag === undefined) continue
    const fence = fenceAround(fences, at)
    if (fence !== undefined) {
      if (open !== undefined || fence.closed) {
        // everything up to the fence's end is text; the loop's +1 steps behind it
        at = fence.end - 1
        continue
      }
      if (tag.type === undefined || !tag.alone) continue
      return fail(
        fence.start,
        "unclosed-fence",
        `The code fence is never closed and hides <${tag.closing ? "/" : ""}${tag.name}> of line ${lineOf(text, at)}`,
        "Close it on a line of its own, with as many marks as it was opened with."
      )
    }
    if (open === undefined) {
      if (tag.type === undefined) {
        return fail(at, "unknown-tag", `Unknown tag <${tag.name}>`, unknownTagFix(tag.name))
      }
      if (!tag.alone) {
        return fail(
          at,
          "not-alone",
          `Tag <${tag.name}> is not alone on its line`,
          "Put the tag and the text on lines of their own."
        )
      }
      if (tag.closing) {
        return fail(
          at,
          "stray-closing-tag",
          `</${tag.name}> closes nothing`,
          `Remove it, or open <${tag.name}> before it.`
        )
      }
      if (tag.problem !== undefined) return fail(at, "attribute", tag.problem.what, tag.problem.fix)
      pushText(sections, text, outside, tag.lineStart)
      outside = tag.end
      if (tag.selfClosing) {
        if (tag.include === undefined) {
          return fail(
            at,
            "attribute",
            `<${tag.name}/> has no content`,
            tag.type === "file_map" || tag.type === "style_guide"
              ? 'Give it src="…", or text between an opening and a closing tag.'
              : "Put its text between an opening and a closing tag."
          )
        }
        sections.push({ type: tag.type, name: tag.id, content: "", include: tag.include, offset: at })
      } else {
        open = { tag, contentStart: tag.end }
        almostClosed = undefined
      }
    } else if (tag.type !== undefined && tag.alone) {
      if (tag.closing && tag.problem !== undefined)
        return fail(at, "attribute", tag.problem.what, tag.problem.fix)
      if (!tag.closing || tag.type !== open.tag.type) {
        return fail(
          at,
          "nested-tag",
          `<${tag.closing ? "/" : ""}${tag.name}> inside <${open.tag.name}> of line ${lineOf(text, open.tag.start)}`,
          `Close <${open.tag.name}> before it, or put it in a code fence if it is text.`
        )
      }
      // the line break before the closing tag belongs to the tag
      const content = text.slice(
        open.contentStart,
        Math.max(open.contentStart, withoutLineBreak(text, tag.lineStart))
      )
      if (open.tag.include !== undefined && content.trim() !== "") {
        return fail(
          open.tag.start,
          "attribute",
          `<${tag.name} src> has text of its own`,
          "Keep either src or the text."
        )
      }
      if (open.tag.include !== undefined || content.trim() !== "") {
        sections.push({
          type: tag.type,
          name: open.tag.id,
          content,
          include: open.tag.include,
          offset: open.tag.start
        })
      }
      open = undefined
      outside = tag.end
    } else if (tag.closing && tag.type === open.tag.type) {
      almostClosed ??= at
    }
  }

  if (open !== undefined) {
    const unclosed = unclosedFence(fences, open.contentStart)
    const fix =
      almostClosed !== undefined
        ? `Text stands behind the </${open.tag.name}> of line ${lineOf(text, almostClosed)}: put it on the next line.`
        : unclosed === undefined
          ? `Put </${open.tag.name}> on a line of its own after it.`
          : `The code fence of line ${lineOf(text, unclosed.start)} is never closed: close it, then put </${open.tag.name}> on a line of its own.`
    return fail(open.tag.start, "unclosed-tag", `<${open.tag.name}> is never closed`, fix)
  }
  pushText(sections, text, outside, text.length)
  return sections.length === 0
    ? fail(text.length, "empty-prompt", "The prompt is empty", "Write some text or a block.")
    : Either.right({ frontMatter: head.right.frontMatter, sections })
}

const unknownTagFix = (name: string): string =>
  `The tags are requirements, style_guide, file_map and context. Put <${name}> in a code fence or inside a block if it is text.`

/** Text outside the tags, without the blank lines around it. */
const pushText = (sections: Array<Section>, text: string, from: number, to: number): void => {
  const slice = text.slice(from, to)
  const started = slice.replace(/^(?:[ \t]*\r?\n)+/, "")
  const content = started.trimEnd()
  if (content === "") return
  sections.push({
    type: "context",
    name: undefined,
    content,
    include: undefined,
    offset: from + slice.length - started.length
  })
}

const withoutLineBreak = (text: string, at: number): number =>
  text.startsWith("\r\n", at - 2) ? at - 2 : text.startsWith("\n", at - 1) ? at - 1 : at

const unclosedFence = (fences: ReadonlyArray<Fence>, from: number): Fence | undefined =>
  fences.find((fence) => fence.start >= from && !fence.closed)
