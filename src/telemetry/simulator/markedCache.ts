/** A cache that keeps prefixes where a request marks them, and finds them there alone: Anthropic's, and OpenAI's from gpt-5.6 on. */
import type { ProviderRequest } from "../../domain/ProviderRequest.js"
import { blame } from "./causes.js"
import { reach } from "./paths.js"
import type { PrefixCache } from "./PrefixCache.js"
import { ttlMillis, type MarkedRules } from "./rules.js"

/** Per node: until when there is an entry, its time to live (0 if there never was one), from when it is found. */
interface Entries {
  readonly expires: Array<number>
  readonly ttl: Array<number>
  readonly readable: Array<number>
  /** Until when there may be one: whether its prefix is long enough is not known. */
  readonly possible: Array<number>
}

const noEntries = (): Entries => ({ expires: [], ttl: [], readable: [], possible: [] })

const noMarks: ProviderRequest["marks"] = []

export const makeMarkedCache = (rules: MarkedRules, entries: Entries = noEntries()): PrefixCache => {
  const { implicit, lookback, minimum, reads, writes } = rules
  const { expires, possible, readable, ttl } = entries

  /** The marks in order, with the one that the mode adds at the end. */
  const marksOf = ({ blocks, marks, mode }: ProviderRequest): ProviderRequest["marks"] => {
    if (mode === "none") return noMarks
    const last = blocks.length - 1
    let ordered = true
    let before = -1
    for (const { block } of marks) {
      ordered &&= block > before && block <= last
      before = block
    }
    const own = ordered
      ? marks
      : marks.filter(({ block }) => block >= 0 && block <= last).toSorted((a, b) => a.block - b.block)
    return mode === "automatic" && last >= 0 && own.at(-1)?.block !== last
      ? [...own, { block: last, ttl: implicit.ttl }]
      : own
  }

  const findsAt = (node: number, now: number): boolean =>
    (expires[node] ?? 0) > now && (readable[node] ?? 0) <= now

  const hold = (node: number, lives: number, now: number, from: number): void => {
    const alive = (expires[node] ?? 0) > now
    readable[node] = alive ? Math.min(readable[node] ?? from, from) : from
    if (alive && (expires[node] ?? 0) > now + lives) return
    expires[node] = now + lives
    ttl[node] = lives
  }

  return {
    read: (path, request) => {
      const { ends, known, nodes } = path
      const now = request.sentAt
      const marks = marksOf(request)
      let found = -1
      let sure = true
      for (let m = Math.max(0, marks.length - reads); m < marks.length; m++) {
        const at = marks[m]?.block ?? 0
        // what nobody sent before cannot have been written
        const highest = Math.min(at, known - 1)
        for (let block = highest; block > found; block--) {
          const node = nodes[block] ?? 0
          if (block <= at - lookback) {
            // a run of tool calls is one step of the lookback, so it may reach farther than is known here
            if (lookback > 1 && findsAt(node, now)) sure = false
            if (lookback === 1) break
          } else if (findsAt(node, now)) {
            expires[node] = now + (ttl[node] ?? 0)
            found = block
          } else if ((possible[node] ?? 0) > now) sure = false
        }
      }
      if (request.mode === "automatic" && !implicit.alone && known > found + 1) sure = false
      return { read: ends[found] ?? 0, blocks: found + 1, sure }
    },

    write: (path, request, touched, written) => {
      const { ends, nodes } = path
      const now = request.sentAt
      const from = request.readableAt ?? now
      reach(expires, path.size, 0)
      reach(ttl, path.size, 0)
      reach(readable, path.size, 0)
      reach(possible, path.size, 0)
      const marks = marksOf(request)
      let covered = touched.read
      let sure = true
      for (let m = Math.max(0, marks.length - writes); m < marks.length; m++) {
        const mark = marks[m]
        if (mark === undefined || mark.block < touched.blocks) continue
        const end = ends[mark.block] ?? 0
        const node = nodes[mark.block] ?? 0
        const lives = ttlMillis[mark.ttl]
        if (end >= minimum.most) {
          hold(node, lives, now, from)
          written[mark.ttl] += end - covered
          covered = end
        } else if (end >= minimum.least) {
          possible[node] = now + lives
          sure = false
        }
      }
      return sure
    },

    blameKnown: (path, request, touched, causes) => {
      const { ends, known, nodes } = path
      const now = request.sentAt
      const end = ends[known - 1] ?? 0
      let covered = touched.read
      for (let block = known - 1; block >= touched.blocks; block--) {
        const node = nodes[block] ?? 0
        const lives = ttl[node] ?? 0
        if (lives === 0) continue
        const until = expires[node] ?? 0
        const tokens = (ends[block] ?? 0) - covered
        if (until <= now) blame(causes, { reason: "expired", tokens, idle: now - until + lives })
        // there is one that was not looked for, or one whose answer has not begun
        else blame(causes, { reason: (readable[node] ?? 0) > now ? "first" : "unmarked", tokens })
        covered = ends[block] ?? 0
        break
      }
      const marks = marksOf(request)
      // too short to be kept by itself: the mark behind the difference would have had it kept
      const spoiled =
        end < minimum.least && marks.some(({ block }) => block >= known && (ends[block] ?? 0) >= minimum.most)
      if (spoiled) return end - covered
      const small = marks.some(
        ({ block }) =>
          block >= touched.blocks && (ends[block] ?? 0) < minimum.most && (ends[block] ?? 0) > covered
      )
      const tooShort = small || end < minimum.least
      blame(causes, { reason: tooShort ? "below-minimum" : "unmarked", tokens: end - covered })
      return 0
    },

    reset: () => {
      for (const array of [expires, ttl, readable, possible]) array.fill(0)
    },
    fork: () =>
      makeMarkedCache(rules, {
        expires: expires.slice(),
        ttl: ttl.slice(),
        readable: readable.slice(),
        possible: possible.slice()
      })
  }
}
