/** Requests that can wait, sent together. */
import { type HistoryEntry, prefixOf } from "./history.js"

/**
 * The history with its requests held back for at most `window` milliseconds from the first that waits. Then
 * they go out, those of one prefix after each other: the first writes it, and the others go once its answer
 * has begun, because from then on they find it (Anthropic: an entry is readable when the first response
 * starts to stream).
 */
export const batched = (
  entries: ReadonlyArray<HistoryEntry>,
  members: ReadonlySet<string>,
  window: number
): ReadonlyArray<HistoryEntry> => {
  if (!(window > 0)) return entries
  const sent: Array<HistoryEntry> = entries.filter(({ id }) => !members.has(id))
  let waiting: Array<HistoryEntry> = []
  const send = (): void => {
    const start = (waiting[0]?.request.sentAt ?? 0) + window
    const groups = new Map<string, Array<HistoryEntry>>()
    for (const entry of waiting) {
      const key = `${entry.request.scope}\n${prefixOf(entry.request)}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [entry])
      else group.push(entry)
    }
    for (const group of groups.values()) {
      const first = group[0]
      const begun = first === undefined ? 0 : answering(first)
      group.forEach((entry, i) => sent.push(delayed(entry, i === 0 ? start : start + begun)))
    }
    waiting = []
  }
  for (const entry of entries) {
    if (!members.has(entry.id)) continue
    const from = waiting[0]?.request.sentAt
    if (from !== undefined && entry.request.sentAt >= from + window) send()
    waiting.push(entry)
  }
  send()
  return sent
}

/** Milliseconds from the sending of a request to the first event of its answer; 0 where that is not known. */
export const answering = ({ request }: HistoryEntry): number =>
  request.readableAt === null ? 0 : Math.max(0, request.readableAt - request.sentAt)

const delayed = (entry: HistoryEntry, sentAt: number): HistoryEntry => {
  const { readableAt } = entry.request
  return {
    ...entry,
    request: { ...entry.request, sentAt, readableAt: readableAt === null ? null : sentAt + answering(entry) }
  }
}
