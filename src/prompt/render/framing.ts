/** A block's text as the model reads it: the tag that says what it is, and the blank line that keeps it apart. */
import type { PromptBlock } from "../../domain/PromptBlock.js"

/** What stands before and after a block's content. */
export interface Frame {
  readonly open: string
  readonly close: string
}

/** `id` is set in the tag where its author gave one. */
const nameOf = (block: PromptBlock): string | undefined => {
  const name = block.metadata?.["name"]
  return typeof name === "string" ? name : undefined
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\r": "&#13;"
}

const attribute = (text: string): string =>
  text.toWellFormed().replaceAll(/[&<>"\n\r]/g, (character) => entities[character] ?? character)

/**
 * The frame of a block. A context block stands bare, unless it is blank: providers refuse a text of white space. Only the
 * first text of a message has no blank line before it: providers join texts with nothing between them.
 */
export const frameOf = (block: PromptBlock, firstOfMessage: boolean): Frame => {
  const gap = firstOfMessage ? "" : "\n\n"
  if (block.type === "context" && /\S/.test(block.content)) return { open: gap, close: "" }
  const name = nameOf(block)
  const id = name === undefined ? "" : ` id="${attribute(name)}"`
  return { open: `${gap}<${block.type}${id}>\n`, close: `\n</${block.type}>` }
}
