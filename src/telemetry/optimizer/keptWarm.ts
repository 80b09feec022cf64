/** Pings that keep a prefix from expiring while nobody asks. */
import * as Option from "effect/Option"
import type { TokenCount } from "../../domain/Measures.js"
import type { ProviderRequest, RequestBlock } from "../../domain/ProviderRequest.js"
import type { Usage } from "../../domain/Usage.js"
import { sha256 } from "../../prompt/digest.js"
import { type HistoryEntry, prefixOf } from "./history.js"

/**
 * A ping asks for no answer (`max_tokens: 0`, @anthropic-ai/sdk 1.12.0), but a request needs a turn of the
 * user.
 */
const turn: RequestBlock = { hash: sha256("ping"), tokens: 1 as TokenCount, part: "messages" }

const nothing: Usage = {
  uncachedInput: 0 as TokenCount,
  cacheRead: Option.none(),
  cacheWrite5m: Option.none(),
  cacheWrite1h: Option.none(),
  output: 0 as TokenCount,
  reasoning: Option.none()
}

/**
 * The history with pings. After each request its prefix is asked for again `every` milliseconds, at most
 * `times` times, until the next request of the same prefix: who sends them need not know when that will come.
 * The last request has its pings too.
 */
export const keptWarm = (
  entries: ReadonlyArray<HistoryEntry>,
  members: ReadonlySet<string>,
  every: number,
  times: number
): ReadonlyArray<HistoryEntry> => {
  if (!(every > 0)) return entries
  const pings: Array<HistoryEntry> = []
  const last = new Map<string, HistoryEntry>()
  const ping = ({ id, request }: HistoryEntry, until: number): void => {
    for (let i = 1; i <= times && request.sentAt + i * every < until; i++) {
      pings.push({
        id: `warm:${id}:${i}`,
        request: pingOf(request, request.sentAt + i * every),
        usage: nothing
      })
    }
  }
  for (const entry of entries) {
    const { marks, scope } = entry.request
    if (!members.has(entry.id) || marks.length === 0) continue
    const key = `${scope}\n${entry.request.parameters ?? ""}\n${prefixOf(entry.request)}`
    const before = last.get(key)
    if (before !== undefined) ping(before, entry.request.sentAt)
    last.set(key, entry)
  }
  for (const entry of last.values()) ping(entry, Infinity)
  return [...entries, ...pings]
}

const pingOf = (request: ProviderRequest, sentAt: number): ProviderRequest => {
  const kept = request.blocks.slice(0, 1 + Math.max(...request.marks.map(({ block }) => block)))
  return {
    ...request,
    sentAt,
    readableAt: request.readableAt === null ? null : sentAt + (request.readableAt - request.sentAt),
    blocks: kept.at(-1)?.part === "messages" ? kept : [...kept, turn]
  }
}
