/**
 * The prefix caches of the providers, as their documentation describes them. They see the bytes of a request, position
 * by position, and say themselves how many tokens were read and written. Their tokenizer is their own: four bytes of
 * UTF-8 are one token, an end that is shorter is one too.
 */
import { createHash } from "node:crypto"

/** A place where a prefix can end: a content part, a tool, a message. */
export interface Position {
  readonly bytes: string
  /** What is told apart from here on without being a part of the text. */
  readonly salt?: string
  /** By another tokenizer than that of these caches; of all positions of a request or of none. */
  readonly tokens?: number
  readonly mark?: { readonly ttl: "5m" | "1h" | "30m" }
}

/** Time in milliseconds; tests move it by hand. */
export interface ManualClock {
  now: number
}

const ttlMs = { "5m": 5 * 60_000, "1h": 60 * 60_000, "30m": 30 * 60_000 }

export const tokensOf = (text: string): number => Math.ceil(Buffer.byteLength(text) / 4)

/** For each position, the name of the prefix that ends there and its tokens. */
const prefixesOf = (
  scope: string,
  positions: ReadonlyArray<Position>
): ReadonlyArray<{ readonly name: string; readonly tokens: number }> => {
  const hash = createHash("sha256").update(scope)
  let tokens = 0
  return positions.map((position) => {
    hash.update(`\n${position.salt === undefined ? "" : `${position.salt}\n`}${position.bytes}`)
    tokens += position.tokens ?? Buffer.byteLength(position.bytes) / 4
    return { name: hash.copy().digest("hex"), tokens: Math.ceil(tokens) }
  })
}

export interface Touched {
  readonly total: number
  readonly read: number
  /** Tokens written, by the time to live of the mark that caused it. */
  readonly written: Readonly<Partial<Record<"5m" | "1h" | "30m", number>>>
}

/** A cache of prefixes that end at marks. */
export interface MarkedCache {
  readonly touch: (
    scope: string,
    positions: ReadonlyArray<Position>,
    rules: {
      readonly minimum: number
      /** How many positions back from a mark an entry is looked for, the mark's own included. */
      readonly lookback: number
      /** How many of the last marks are looked at, and how many are written. */
      readonly reads: number
      readonly writes: number
    },
    readableAt?: number
  ) => Touched
}

/**
 * Anthropic's and OpenAI's explicit caching: only what ends at a mark is kept, and only there is it found. What a request writes is found
 * from `readableAt` on, when the first event of its answer comes (Anthropic's guide: "a cache entry only becomes available after the first
 * response begins"); without it, at once. Lifetimes count from the request.
 */
export const makeMarkedCache = (clock: ManualClock): MarkedCache => {
  const entries = new Map<string, { expires: number; ttl: number; readable: number }>()
  return {
    touch: (scope, positions, rules, readableAt = clock.now) => {
      const prefixes = prefixesOf(scope, positions)
      const total = prefixes.at(-1)?.tokens ?? 0
      const marks = positions.flatMap((position, at) =>
        position.mark === undefined ? [] : [{ at, ttl: position.mark.ttl }]
      )
      let readAt = -1
      for (const mark of marks.slice(-rules.reads)) {
        for (let at = mark.at; at > mark.at - rules.lookback && at > readAt; at--) {
          const entry = entries.get(prefixes[at]?.name ?? "")
          if (entry === undefined || entry.expires <= clock.now || entry.readable > clock.now) continue
          entry.expires = clock.now + entry.ttl
          readAt = at
        }
      }
      const read = prefixes[readAt]?.tokens ?? 0
      const written: Partial<Record<"5m" | "1h" | "30m", number>> = {}
      let covered = read
      for (const mark of marks.slice(-rules.writes)) {
        const prefix = prefixes[mark.at]
        if (mark.at <= readAt || prefix === undefined || prefix.tokens < rules.minimum) continue
        const ttl = ttlMs[mark.ttl]
        const entry = { expires: clock.now + ttl, ttl, readable: readableAt }
        const older = entries.get(prefix.name)
        // two that write the same at the same time: the first answer makes it readable, the longer time counts
        if (older !== undefined && older.expires > clock.now) {
          entry.readable = Math.min(older.readable, entry.readable)
          if (older.expires > entry.expires) [entry.expires, entry.ttl] = [older.expires, older.ttl]
        }
        entries.set(prefix.name, entry)
        written[mark.ttl] = (written[mark.ttl] ?? 0) + prefix.tokens - covered
        covered = prefix.tokens
      }
      return { total, read, written }
    }
  }
}

/** Caches that need no marks: they find the longest prefix of earlier requests, in steps of `granularity` tokens. */
export interface AutomaticCache {
  readonly touch: (
    scope: string,
    text: string,
    readableAt?: number
  ) => { readonly total: number; readonly read: number }
}

/**
 * `minimum` is the shortest prefix that counts; `keepsLast` is whether the very last token may come from the cache. vLLM
 * (`max_cache_hit_length = request.num_tokens - 1`), SGLang (`max_prefix_len = input_len - 1`) and llama.cpp need one token to start from;
 * where only whole blocks are read, a whole block is read anew then.
 */
export const makeAutomaticCache = (
  clock: ManualClock,
  rules: {
    readonly granularity: number
    readonly minimum: number
    readonly keepsLast: boolean
    readonly ttl: number
  }
): AutomaticCache => {
  const blocks = new Map<string, { expires: number; readable: number }>()
  return {
    touch: (scope, text, readableAt = clock.now) => {
      const bytes = Buffer.from(text)
      const total = Math.ceil(bytes.length / 4)
      const size = rules.granularity * 4
      const hash = createHash("sha256").update(scope)
      let read = 0
      let unbroken = true
      // the last token of a text may be shorter than four bytes, and counts in its page
      for (let end = size; end <= total * 4; end += size) {
        const name = hash
          .update(bytes.subarray(end - size, end))
          .copy()
          .digest("hex")
        const block = blocks.get(name)
        const alive = block !== undefined && block.expires > clock.now
        unbroken &&= alive && block.readable <= clock.now
        if (unbroken) read = end / 4
        const readable = alive ? Math.min(block.readable, readableAt) : readableAt
        blocks.set(name, { expires: clock.now + rules.ttl, readable })
      }
      const most = rules.keepsLast ? total : Math.max(0, total - 1)
      const least = Math.min(read, most)
      const found = least - (least % rules.granularity)
      return { total, read: found < rules.minimum ? 0 : found }
    }
  }
}
