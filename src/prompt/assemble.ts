/** The steps between a prompt's text and its blocks, files that it includes among them; who reads those is up to the caller. */
import * as Either from "effect/Either"
import { CanonicalError, PromptSyntaxError, PromptTooLarge } from "../domain/PromptErrors.js"
import { BlockText } from "./compile.js"
import { parsePrompt, type Section } from "./source.js"
import type { ParsedSource } from "./SourceMemo.js"

/** Parses a prompt of at most `maxBytes` bytes. `file` names it in errors. */
export const parseSource = (
  prompt: string,
  file: string,
  maxBytes: number
): Either.Either<ParsedSource, PromptTooLarge | CanonicalError | PromptSyntaxError> => {
  const bytes = bytesOver(prompt, maxBytes)
  if (bytes !== undefined) return tooLarge("The prompt", bytes, maxBytes)
  if (!prompt.isWellFormed()) {
    return Either.left(new CanonicalError({ path: "/prompt", reason: "lone-surrogate" }))
  }
  return Either.map(parsePrompt(prompt, file), ({ sections }) => ({
    sections,
    blocks: sections.map((section) => (section.include === undefined ? new BlockText(section) : undefined))
  }))
}

/** The block of a section for which the text of files stands. */
export const includedBlock = (
  section: Section,
  src: string,
  content: string
): Either.Either<BlockText, CanonicalError> =>
  content.isWellFormed()
    ? Either.right(new BlockText({ ...section, content, src }))
    : Either.left(new CanonicalError({ path: `/prompt/${src}`, reason: "lone-surrogate" }))

/** The blocks of a prompt whose files were read; those of empty files are left out. */
export const withFiles = (
  blocks: ReadonlyArray<BlockText>,
  file: string,
  maxBytes: number
): Either.Either<ReadonlyArray<BlockText>, PromptTooLarge | PromptSyntaxError> => {
  const total = blocks.reduce((sum, block) => sum + Buffer.byteLength(block.content), 0)
  if (total > maxBytes) return tooLarge("The prompt with its files", total, maxBytes)
  const filled = blocks.filter((block) => block.content !== "")
  return filled.length === 0 ? Either.left(emptyPrompt(file)) : Either.right(filled)
}

const emptyPrompt = (file: string): PromptSyntaxError =>
  new PromptSyntaxError({
    file,
    line: 1,
    column: 1,
    reason: "empty-prompt",
    problem: "The prompt is empty: so are the files that it includes",
    fix: "Write some text, or include files that have some."
  })

/** The size in bytes, if it is over the limit. Most texts are short enough not to be measured. */
const bytesOver = (text: string, limit: number): number | undefined => {
  if (text.length * 3 <= limit) return undefined
  const bytes = Buffer.byteLength(text)
  return bytes > limit ? bytes : undefined
}

const tooLarge = (what: string, bytes: number, limit: number): Either.Either<never, PromptTooLarge> =>
  Either.left(new PromptTooLarge({ what, bytes, limit }))
