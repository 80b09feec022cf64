/** What a prompt carries beside the texts of its blocks: the names of those, and the context of its input. */
import * as Either from "effect/Either"
import type { ResolveInput } from "../domain/ResolveInput.js"
import { canonicalJson } from "../prompt/canonical.js"
import type { BlockText } from "../prompt/compile.js"

/** A text made of them, to be searched, and what its lines (from 1) are of: the block of a name, or the context. */
export interface Beside {
  readonly text: string
  readonly blockAt: (line: number) => number | undefined
}

/**
 * One value a paragraph, as it is and behind its name, so that nothing is seen across two of them. A context that has no
 * canonical form is left out: such a prompt is refused by itself.
 */
export const besideBlocks = (
  { context }: Pick<ResolveInput, "context">,
  blocks: ReadonlyArray<Pick<BlockText, "name" | "src">>
): Beside => {
  const paragraphs: Array<string> = []
  const starts: Array<{ readonly line: number; readonly block: number | undefined }> = []
  let line = 1
  const add = (text: string, block?: number): void => {
    paragraphs.push(text)
    starts.push({ line, block })
    line += text.split(/\r\n|[\n\r\u2028\u2029]/).length + 1
  }
  for (const [block, { name, src }] of blocks.entries()) {
    if (name !== undefined) add(name, block)
    if (src !== undefined) add(src, block)
  }
  const json = context === undefined ? Either.right("null") : canonicalJson(context)
  const pending: Array<readonly [name: string, value: unknown]> = Either.isRight(json)
    ? [["", JSON.parse(json.right)]]
    : []
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [name, value] = next
    if (typeof value === "object" && value !== null) {
      if (name !== "") add(name)
      const inside: ReadonlyArray<readonly [string, unknown]> = Array.isArray(value)
        ? value.map((each: unknown) => ["", each])
        : Object.entries(value)
      for (const each of inside.toReversed()) pending.push(each)
    } else if (value !== null && typeof value !== "boolean") {
      add(name === "" ? String(value) : `${name}: ${String(value)}`)
    } else if (name !== "") add(name)
  }
  return {
    text: paragraphs.join("\n\n"),
    blockAt: (at) => starts.findLast((start) => start.line <= at)?.block
  }
}
