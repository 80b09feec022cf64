/** A change as a patch of the file that the prompt is written in. */
import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from "diff"
import type { ProviderRequest, RequestBlock } from "../../domain/ProviderRequest.js"
import { editSource } from "./editSource.js"
import type { Texts } from "./history.js"
import type { Changes } from "./search.js"

/** A prompt's file: its path from the project's root, and its text. */
export interface PromptSource {
  readonly file: string
  readonly text: string
}

/**
 * The unified diff for the changes that are ones of the source: moved blocks, split lines and marks. Undefined where
 * there are none, where the source is not known, and where it cannot be changed that way: the words then say
 * what to do.
 */
export const patchOf = ({
  changes,
  newest,
  sourceOf,
  texts
}: {
  readonly changes: Changes
  readonly newest: ProviderRequest
  readonly texts: Texts
  readonly sourceOf: ((block: RequestBlock) => PromptSource | undefined) | undefined
}): { readonly file: string; readonly diff: string } | undefined => {
  const source = sourceOf === undefined ? undefined : firstSource(newest.blocks, sourceOf)
  if (source === undefined) return undefined
  const edited = editSource(source.text, source.file, changes, newest.blocks, texts)
  if (edited === undefined || edited === source.text) return undefined
  const patch = structuredPatch(
    `a/${source.file}`,
    `b/${source.file}`,
    source.text,
    edited,
    undefined,
    undefined,
    { context: 3 }
  )
  return { file: source.file, diff: formatPatch(patch, FILE_HEADERS_ONLY) }
}

const firstSource = (
  blocks: ReadonlyArray<RequestBlock>,
  sourceOf: (block: RequestBlock) => PromptSource | undefined
): PromptSource | undefined => {
  for (const block of blocks) {
    const source = sourceOf(block)
    if (source !== undefined) return source
  }
  return undefined
}
