/** What no layout of a history can cost less than. */
import type { ProviderRequest } from "../../domain/ProviderRequest.js"
import { type CacheRules, ttlMillis, type Ttl } from "../simulator/rules.js"
import type { HistoryEntry } from "./history.js"
import type { Rates } from "./rates.js"
import type { Market } from "./replayer.js"

/** What may be done beyond laying out: pings in between, and sending up to `delay` milliseconds later. */
export interface Freedom {
  readonly pings: boolean
  readonly delay: number
}

/** A time to live, and which of the rates writing for it has. */
interface Term {
  readonly millis: number
  readonly rate: "write5m" | "write1h" | "uncached"
}

/**
 * The times to live that a layout may choose from: those that are searched, and those that the history has.
 */
export const termsOf = (rules: CacheRules, history: ReadonlyArray<HistoryEntry>): ReadonlyArray<Term> => {
  if (rules._tag === "Automatic") return [{ millis: rules.ttl, rate: "uncached" }]
  const ttls = new Set<Ttl>(ttlsOf(rules))
  for (const { request } of history) for (const { ttl } of request.marks) ttls.add(ttl)
  return [...ttls].map((ttl) => ({ millis: ttlMillis[ttl], rate: ttl === "1h" ? "write1h" : "write5m" }))
}

/** The times to live that a mark can be given; OpenAI's API has one (providers' facts: `ttl: '30m'`). */
export const ttlsOf = (rules: CacheRules): ReadonlyArray<Ttl> =>
  rules._tag === "Automatic" ? [] : rules.implicit.ttl === "30m" ? ["30m"] : ["5m", "1h"]

/**
 * One block over all requests that have it: the least that its tokens can have cost so far, by what is kept
 * of it.
 */
interface Chain {
  /** Nothing is kept. */
  none: number
  /** It is kept, by term. */
  readonly kept: Array<number>
  at: number
  /** When the first of the requests that have it can be found by others. */
  readable: number
  weight: number
}

/**
 * A bound in USD on any order of the blocks, any marks and any times to live, proven thus:
 *
 * 1. The provider bills each token of each request once: as read, written or neither. So the cost is the sum
 *    over blocks (by hash, scope, and how often it stands in its request) of what their tokens cost over all
 *    requests.
 * 2. A block is read only as part of a prefix that an earlier request of its scope wrote. That request had
 *    the block. An entry lives for its time to live from the last request that read or wrote it, which had
 *    the block too. The first request that wrote an entry with the block in it, since when none was alive,
 *    was billed for writing the block, for that entry's term. A later one may read the block in one entry and
 *    write only what follows it, for another term: that moves the block to the other term for the price of a
 *    read.
 * 3. So what a layout does with one block is a way through these states, request by request: nothing kept
 *    (pay the uncached rate, or write and keep), kept for a term (read, if any earlier request's answer had
 *    begun, and keep for any term; or write again; or pay without reading), gone when its term is over. The
 *    cheapest way for each block by itself is found by going through all states. No layout beats the sum of
 *    these: it takes some way for each block, and the blocks' ways hinder each other. Where part of a block
 *    is read, each of its tokens takes a way of its own, and none is cheaper than the cheapest.
 *
 * What is left out (marks are four, prefixes must be equal before the block, lookback, pages) only forbids
 * ways. A request below the least minimum reads and writes nothing. With `pings`, a gap may be bridged: one
 * ping per longest term in between, each of which reads the block at the lowest rate there is. With `delay`,
 * the n-th request that has the block is sent at most so much later than before, so no gap shrinks by more;
 * rates and sizes are then the lowest there are.
 *
 * Undefined where a price is not known.
 */
export const lowerBound = (
  history: ReadonlyArray<HistoryEntry>,
  market: Market,
  freedom: Freedom = { pings: false, delay: 0 }
): number | undefined => {
  const { ratesOf, rules } = market
  const terms = termsOf(rules, history)
  const least = rules._tag === "Automatic" ? rules.minimum : rules.minimum.least
  const priced: Array<{ readonly request: ProviderRequest; readonly total: number; readonly rates: Rates }> =
    []
  let lowest: Rates | undefined
  let sum = 0
  for (const { request, usage } of history) {
    let total = 0
    for (const { tokens } of request.blocks) total += tokens
    const rates = ratesOf(total, usage.output)
    if (rates === undefined) return undefined
    priced.push({ request, total, rates })
    lowest = lowest === undefined ? rates : lower(lowest, rates)
    sum += rates.output
  }
  if (lowest === undefined) return 0
  const cheapest = lowest
  // a ping is shorter than the request that it is for, and may be of a cheaper step of the price list
  const pingRate = Math.min(cheapest.read, ratesOf(1, 0)?.read ?? 0)
  const loose = freedom.delay > 0
  const chains: Array<Chain> = []
  const scopes = new Map<string, Map<string, Array<Chain>>>()
  for (const { rates, request, total } of priced) {
    const byHash = scopes.get(request.scope) ?? new Map<string, Array<Chain>>()
    scopes.set(request.scope, byHash)
    const twice = new Map<string, number>()
    for (const { hash, tokens } of request.blocks) {
      if (total < least) {
        sum += tokens * (loose ? cheapest.uncached : rates.uncached)
        continue
      }
      const count = twice.get(hash) ?? 0
      twice.set(hash, count + 1)
      const same = byHash.get(hash) ?? []
      byHash.set(hash, same)
      let chain = same[count]
      if (chain === undefined) {
        chain = {
          none: 0,
          kept: terms.map(() => Infinity),
          at: -Infinity,
          readable: Infinity,
          weight: tokens
        }
        same.push(chain)
        chains.push(chain)
      }
      if (loose && tokens < chain.weight) chain.weight = tokens
      follow(chain, request, loose ? 1 : tokens, loose ? cheapest : rates, terms, freedom, pingRate)
    }
  }
  for (const { kept, none, weight } of chains) sum += Math.min(none, ...kept) * (loose ? weight : 1)
  return sum
}

/** One more request that has the block: the cheapest ways up to it. */
const follow = (
  chain: Chain,
  { readableAt, sentAt }: ProviderRequest,
  tokens: number,
  rates: Rates,
  terms: ReadonlyArray<Term>,
  { delay, pings }: Freedom,
  pingRate: number
): void => {
  const gap = Math.max(0, sentAt - chain.at - delay)
  const found = pings || delay > 0 ? chain.at !== -Infinity : chain.readable <= sentAt
  const stays = rates.uncached * tokens
  // for free at any time: gone
  const cheapest = Math.min(chain.none, ...chain.kept)
  const longest = Math.max(...terms.map(({ millis }) => millis))
  const alive = terms.map(({ millis }, i) => {
    // the first ping may move it to the longest term
    const bridges = gap <= millis ? 0 : pings ? Math.max(1, Math.ceil(gap / longest) - 1) : Infinity
    const kept = chain.kept[i] ?? Infinity
    return bridges === 0 ? kept : bridges === Infinity ? Infinity : kept + bridges * pingRate * tokens
  })
  const read = found ? Math.min(...alive) + Math.min(stays, rates.read * tokens) : Infinity
  terms.forEach((_, i) => {
    chain.kept[i] = Math.min(read, (alive[i] ?? Infinity) + stays)
  })
  terms.forEach(({ rate }, i) => {
    chain.kept[i] = Math.min(chain.kept[i] ?? Infinity, cheapest + rates[rate] * tokens)
  })
  chain.none = cheapest + stays
  chain.at = sentAt
  chain.readable = Math.min(chain.readable, readableAt ?? sentAt)
}

const lower = (a: Rates, b: Rates): Rates => ({
  output: Math.min(a.output, b.output),
  uncached: Math.min(a.uncached, b.uncached),
  read: Math.min(a.read, b.read),
  write5m: Math.min(a.write5m, b.write5m),
  write1h: Math.min(a.write1h, b.write1h)
})
