/** The order of blocks in a request. */
import type { BlockType } from "../domain/PromptBlock.js"
import type { Layout } from "../domain/ResolveInput.js"

/** Most stable first: what changes least often leads, so that the provider's prefix cache keeps as much as it can. */
export const stability: Readonly<Record<BlockType, number>> = {
  requirements: 0,
  style_guide: 1,
  file_map: 2,
  context: 3
}

/** Whether a block of this type is expected to be the same from call to call. */
export const isStable = (type: BlockType): boolean => type !== "context"

/** Blocks in the order of the layout; within a type, and with `source`, as they were written. */
export const layOut = <B extends { readonly type: BlockType }>(
  blocks: ReadonlyArray<B>,
  layout: Layout
): ReadonlyArray<B> =>
  layout === "source" ? blocks : blocks.toSorted((a, b) => stability[a.type] - stability[b.type])
