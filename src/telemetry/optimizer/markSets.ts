/** Where marks could stand, and for how long. */
import type { RequestMark } from "../../domain/ProviderRequest.js"
import type { MarkedRules } from "../simulator/rules.js"
import { ttlsOf } from "./bound.js"
import type { HistoryEntry } from "./history.js"

export type Marks = ReadonlyArray<RequestMark>

/** Anthropic and OpenAI write at most four marks of a request (providers' facts). */
export const mostMarks = 4

/**
 * The ends of blocks that are worth a mark, as a change writes them. An end whose prefix never comes again is
 * none: what is written there is never read. Neither is an end whose prefix is always followed by the same
 * block: the end of that block is found whenever it is, and is longer. Ends of turns are counted from the end
 * of the request.
 */
export const markPlaces = (
  entries: ReadonlyArray<HistoryEntry>,
  members: ReadonlyArray<HistoryEntry>,
  head: number,
  hasTurns: boolean,
  { minimum }: MarkedRules
): ReadonlyArray<number> => {
  const counted = Array.from({ length: head }, (_, end) => {
    const seen = new Map<string, number>()
    let long = 0
    for (const { request } of entries) {
      if (request.blocks.length <= end) continue
      const key =
        request.scope +
        request.blocks
          .slice(0, end + 1)
          .map(({ hash }) => hash)
          .join()
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
    for (const { request } of members) {
      const tokens = request.blocks.slice(0, end + 1).reduce((sum, block) => sum + block.tokens, 0)
      long = Math.max(long, tokens)
    }
    return {
      long,
      again: [...seen.values()].some((count) => count > 1),
      prefixes: seen.size,
      requests: [...seen.values()].reduce((sum, count) => sum + count, 0)
    }
  })
  const places = counted.flatMap(({ again, long, prefixes, requests }, end) => {
    const next = counted[end + 1]
    const same = next !== undefined && next.prefixes === prefixes && next.requests === requests
    return again && long >= minimum.least && !same ? [end] : []
  })
  return hasTurns ? [...places, -3, -2, -1] : places
}

/** The marks at these places for each way of giving them times to live, longer ones first. */
export const timed = (places: ReadonlyArray<number>, rules: MarkedRules): ReadonlyArray<Marks> => {
  const ttls = ttlsOf(rules)
  if (!ttls.includes("1h")) return [places.map((block) => ({ block, ttl: ttls[0] ?? "5m" }))]
  return Array.from({ length: places.length + 1 }, (_, hours) =>
    places.map((block, i) => ({ block, ttl: i < hours ? ("1h" as const) : ("5m" as const) }))
  )
}

/** All sets of at most four places, the empty one first. */
export const placeSets = (places: ReadonlyArray<number>): ReadonlyArray<ReadonlyArray<number>> =>
  places.reduce<ReadonlyArray<ReadonlyArray<number>>>(
    (sets, place) => [...sets, ...sets.flatMap((set) => (set.length < mostMarks ? [[...set, place]] : []))],
    [[]]
  )

/** Sets that differ from one by a place: one more, one less, or another. */
export const neighbours = (
  set: ReadonlyArray<number>,
  places: ReadonlyArray<number>
): ReadonlyArray<ReadonlyArray<number>> => {
  const ordered = (some: ReadonlyArray<number>): ReadonlyArray<number> =>
    places.filter((place) => some.includes(place))
  const fresh = places.filter((place) => !set.includes(place))
  const without = set.map((place) => set.filter((other) => other !== place))
  return [
    ...(set.length < mostMarks ? fresh.map((place) => ordered([...set, place])) : []),
    ...without,
    ...without.flatMap((rest) => fresh.map((place) => ordered([...rest, place])))
  ]
}
