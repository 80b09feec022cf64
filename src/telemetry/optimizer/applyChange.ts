/** A history as it would have been sent after a change. */
import type { BlockRef, LayoutChange } from "../../domain/Optimization.js"
import type { ProviderRequest, RequestBlock } from "../../domain/ProviderRequest.js"
import { batched } from "./batched.js"
import { headLength, type HistoryEntry, inOrder, isBlock, refOf, type Texts } from "./history.js"
import { keptWarm } from "./keptWarm.js"
import { marksFor, relaid, withMarks } from "./marks.js"
import { splitLines } from "./splitLines.js"

/**
 * What a change needs to know. `prompt` names the requests that it is for by the blocks of one of them: all,
 * where it is left out. `count` counts the tokens of a text whose lines were taken apart; without it they
 * share those of the whole.
 */
export interface Applying {
  readonly texts: Texts
  readonly prompt?: ReadonlyArray<BlockRef>
  readonly count?: (text: string) => number
}

/**
 * The history after one change, in the order of sending. Requests that have no such block stay as they are.
 * Pings that keep a prefix warm are requests of their own, with an id that starts with `warm:`.
 */
export const applyChange = (
  history: ReadonlyArray<HistoryEntry>,
  change: LayoutChange,
  applying: Applying
): ReadonlyArray<HistoryEntry> => applyChanges(history, [change], applying)

/** The history after several changes, each of which finds what the one before it left. */
export const applyChanges = (
  history: ReadonlyArray<HistoryEntry>,
  changes: ReadonlyArray<LayoutChange>,
  applying: Applying
): ReadonlyArray<HistoryEntry> => {
  const ordered = inOrder(history)
  return applyTo(ordered, changes, membersOf(ordered, applying.prompt), applying)
}

/**
 * The ids of the requests of a prompt. Who belongs to it is asked once: a change gives its blocks other
 * places.
 */
export const membersOf = (
  history: ReadonlyArray<HistoryEntry>,
  prompt: Applying["prompt"]
): ReadonlySet<string> =>
  new Set(history.filter(({ request }) => prompt === undefined || isOf(prompt, request)).map(({ id }) => id))

/** The same for requests that are in order and whose members are known. */
export const applyTo = (
  ordered: ReadonlyArray<HistoryEntry>,
  changes: ReadonlyArray<LayoutChange>,
  members: ReadonlySet<string>,
  { count, texts }: Pick<Applying, "count" | "texts">
): ReadonlyArray<HistoryEntry> =>
  changes.reduce((entries, change) => step(entries, change, members, texts, count), ordered)

/** What changes make of one history. */
export type Applier = (changes: ReadonlyArray<LayoutChange>) => ReadonlyArray<HistoryEntry>

/** The same again and again: what leading splits give, for which texts are compared, is made once. */
export const makeApplier = (
  ordered: ReadonlyArray<HistoryEntry>,
  members: ReadonlySet<string>,
  applying: Pick<Applying, "count" | "texts">
): Applier => {
  const split = new Map<string, ReadonlyArray<HistoryEntry>>()
  return (changes) => {
    const rest = changes.findIndex(({ _tag }) => _tag !== "SplitLines")
    const splits = rest === -1 ? changes : changes.slice(0, rest)
    const key = JSON.stringify(splits)
    const entries = split.get(key) ?? applyTo(ordered, splits, members, applying)
    split.set(key, entries)
    return applyTo(entries, changes.slice(splits.length), members, applying)
  }
}

const isOf = (prompt: ReadonlyArray<BlockRef>, request: ProviderRequest): boolean =>
  headLength(request) === prompt.length && prompt.every((ref) => isBlock(ref, request.blocks[ref.index]))

const step = (
  entries: ReadonlyArray<HistoryEntry>,
  change: LayoutChange,
  members: ReadonlySet<string>,
  texts: Texts,
  count: Applying["count"]
): ReadonlyArray<HistoryEntry> => {
  switch (change._tag) {
    case "MoveBlock":
      return each(entries, members, (request) => moved(request, change.block, change.to))
    case "SplitLines": {
      const { block: ref, lines, to } = change
      const sent = entries.flatMap(({ id, request: { blocks } }) => {
        const block = blocks[ref.index]
        return members.has(id) && isBlock(ref, block) ? [block] : []
      })
      const halves = splitLines(sent, lines, texts, count)
      return each(entries, members, (request) => {
        const block = request.blocks[ref.index]
        const parts = isBlock(ref, block) ? halves.get(block.hash) : undefined
        return block === undefined || parts === undefined
          ? request
          : splitInto(request, ref.index, { ...block, ...parts.stable }, parts.moved, to)
      })
    }
    case "Mark":
    case "TimeToLive":
      return each(entries, members, (request) =>
        withMarks(request, marksFor(change.marks, request.blocks.length))
      )
    case "KeepWarm":
      return inOrder(keptWarm(entries, members, change.every, change.times))
    case "Batch":
      return inOrder(batched(entries, members, change.window))
  }
}

const each = (
  entries: ReadonlyArray<HistoryEntry>,
  members: ReadonlySet<string>,
  f: (request: ProviderRequest) => ProviderRequest
): ReadonlyArray<HistoryEntry> =>
  entries.map((entry) => {
    if (!members.has(entry.id)) return entry
    const request = f(entry.request)
    return request === entry.request ? entry : { ...entry, request }
  })

const moved = (request: ProviderRequest, ref: BlockRef, to: number): ProviderRequest => {
  const block = request.blocks[ref.index]
  if (!isBlock(ref, block) || to === ref.index || to < 0 || to >= request.blocks.length) return request
  const order = request.blocks.map((_, i) => i)
  order.splice(ref.index, 1)
  order.splice(to, 0, ref.index)
  return relaid(
    request,
    order.flatMap((i) => request.blocks[i] ?? []),
    order
  )
}

const splitInto = (
  request: ProviderRequest,
  at: number,
  stable: RequestBlock,
  gone: Pick<RequestBlock, "hash" | "tokens">,
  to: BlockRef
): ProviderRequest => {
  const place = Math.min(to.index, request.blocks.length)
  const { index: _, ...names } = refOf(to, place)
  const fresh: RequestBlock = { ...names, ...gone, part: request.blocks[place - 1]?.part ?? stable.part }
  const blocks = request.blocks.map((block, i) => (i === at ? stable : block))
  return relaid(
    request,
    blocks.toSpliced(place, 0, fresh),
    request.blocks.map((_, i) => i).toSpliced(place, 0, -1)
  )
}
