/** Which lines could be taken out of which blocks. */
import type { LayoutChange } from "../../domain/Optimization.js"
import { type HistoryEntry, refOf, type Texts } from "./history.js"
import { isPinned } from "./slots.js"
import { versionsOf } from "./splitLines.js"

export type Split = Extract<LayoutChange, { readonly _tag: "SplitLines" }>

/**
 * How many sets of lines are tried for one block: of those that change most often, of half of them, of all
 * that change.
 */
const levels = 3

/**
 * A line that changed once was edited; one that keeps changing does so in at least this share of the
 * versions.
 */
const oftenEnough = 0.1

/**
 * The splits to try, by block: the lines that change at least so often, for a few values of that. Blocks
 * whose text is not known have none. The lines go behind all that is stable: before the user's message, which
 * stays the last, or behind the block that is it.
 */
export const splitsOf = (
  members: ReadonlyArray<HistoryEntry>,
  head: number,
  texts: Texts
): ReadonlyArray<ReadonlyArray<Split>> => {
  const newest = members.at(-1)?.request.blocks ?? []
  return newest.slice(0, head).flatMap((block, at) => {
    const { tracked } = versionsOf(
      members.flatMap(({ request }) => request.blocks[at] ?? []),
      texts
    )
    const counts = [...new Set(tracked.changes)]
      .filter((count) => count > 1 && count >= oftenEnough * tracked.steps)
      .toSorted((a, b) => b - a)
    const chosen = new Set([counts[0], counts[counts.length >> 1], counts.at(-1)].slice(0, levels))
    const to = placeFor(newest, head, at)
    const splits = [...chosen].flatMap((least): ReadonlyArray<Split> => {
      const lines = tracked.changes.flatMap((count, i) =>
        least !== undefined && count >= least ? [i + 1] : []
      )
      const rest = tracked.lines.filter((line, i) => !lines.includes(i + 1) && line.trim() !== "")
      return lines.length === 0 || rest.length === 0
        ? []
        : [{ _tag: "SplitLines", block: refOf(block, at), lines, to }]
    })
    return splits.length === 0 ? [] : [splits]
  })
}

const placeFor = (
  blocks: HistoryEntry["request"]["blocks"],
  head: number,
  at: number
): ReturnType<typeof refOf> => {
  const block = blocks[at]
  const name = `${block?.name ?? block?.type ?? `block-${at}`}-changing`.slice(-64)
  if (isPinned(blocks, at)) return refOf({ type: block?.type, name }, at + 1)
  const end = blocks.slice(0, head).findIndex((_, i) => isPinned(blocks, i))
  const typed = block?.type !== undefined
  const place = end === -1 ? head : end
  // what is no prompt of Aegis' has no block that changes: the lines stay in their part
  const last = blocks.findLastIndex(({ part }, i) => i < place && part === block?.part)
  return typed ? refOf({ type: "context", name }, place) : refOf({ type: undefined, name }, last + 1)
}
