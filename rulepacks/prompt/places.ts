/** What rules of prompts answer, and where in the text a finding stands. */
import type { ValidationError, ValidationResult } from "../../src/domain/Compliance.js"
import type { PromptBlock } from "../../src/domain/PromptBlock.js"
import { makePlaces } from "../../src/enforce/places.js"

/** Something found in a block; `start` and `end` are offsets in its content. */
export interface Found {
  readonly block: PromptBlock
  readonly start: number
  readonly end: number
  readonly message: string
}

/**
 * What was found, with its places in the text. A block that does not stand in the text as it is (it came from files) is
 * told of in the first line.
 */
export const toResult = (text: string, code: string, found: ReadonlyArray<Found>): ValidationResult => {
  const { placeOf } = makePlaces(text)
  const at = new Map<PromptBlock, number>()
  const taken = new Map<string, number>()
  const offsetOf = (block: PromptBlock): number => {
    const known = at.get(block)
    if (known !== undefined) return known
    // a block that stands twice is looked for behind where it was found first
    const offset = text.indexOf(block.content, taken.get(block.hash) ?? 0)
    if (offset !== -1) taken.set(block.hash, offset + block.content.length)
    at.set(block, offset)
    return offset
  }
  const errors = found.map(({ block, end, message, start }): ValidationError => {
    const offset = offsetOf(block)
    if (offset === -1)
      return { code, message: `${message} (${titleOf(block)}, from files)`, line: 1, column: 1 }
    const [from, to] = [placeOf(offset + start), placeOf(offset + end)]
    return {
      code,
      message: `${message} (${titleOf(block)})`,
      line: from.line,
      column: from.column,
      endLine: to.line,
      endColumn: to.column
    }
  })
  return { valid: errors.length === 0, errors, warnings: [] }
}

/** A block's type, and the name that its author gave it. */
export const titleOf = ({ metadata, type }: PromptBlock): string => {
  const name = metadata?.["name"]
  return typeof name === "string" ? `${type} "${name}"` : type
}

/** The first line of a block's content: what a finding about the whole of it points at. */
export const firstLine = (block: PromptBlock): { readonly start: number; readonly end: number } => {
  const end = block.content.search(/[\n\r]/)
  return { start: 0, end: end === -1 ? block.content.length : end }
}
