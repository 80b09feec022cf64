/** What differs from call to call, and so keeps a provider's prefix cache from hitting. */
import type { PromptBlock } from "../../src/domain/PromptBlock.js"
import { isStable } from "../../src/prompt/layout.js"
import type { Found } from "./places.js"

const digit = /\d/
const letter = /[A-Za-z]/

interface Buster {
  readonly what: string
  readonly pattern: RegExp
  /** Whether a match is one. */
  readonly holds?: (match: string) => boolean
}

/** Each starts where a word does, and takes a bounded number of characters or one kind of them. */
const busters: ReadonlyArray<Buster> = [
  {
    what: "a date with a time",
    pattern:
      /(?<!\d)\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? \d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}|\b\d{1,2}\/\d{1,2}\/\d{4},? \d{1,2}:\d{2}/g
  },
  {
    what: "a date of today",
    pattern:
      /\b(?:today(?:'s date)?|current (?:date|time)|now)(?: is)?[:=]? {0,2}(?:\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})/gi
  },
  {
    what: "a timestamp",
    // seconds or milliseconds of the years 2001 to 2286
    pattern: /(?<![\w.:-])1\d{9}(?:\d{3})?(?![\w.-])/g
  },
  {
    what: "a UUID",
    pattern: /(?<![\w-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])/gi
  },
  {
    what: "a nonce or an id of this call",
    pattern:
      /\b(?:nonce|request[_ -]?id|session[_ -]?id|trace[_ -]?id|run[_ -]?id|correlation[_ -]?id|build[_ -]?id|seed)\b["'`]?[ \t]{0,3}[:=#][ \t]{0,3}["'`]?[\w-]{4,}/gi,
    holds: (match) => digit.test(match)
  },
  {
    what: "an absolute path",
    pattern:
      /(?<![\w./:-])(?:\/(?:home|Users|root|tmp|private|workspace|mnt|var\/folders)\/[\w.@-]+|[A-Z]:\\{1,2}[\w.@ -]+\\)/g
  },
  {
    what: "the name of a user or a host",
    pattern:
      /(?<![\w$])(?:USER(?:NAME)?|LOGNAME|HOST(?:NAME)?|COMPUTERNAME|PWD|HOME|TMPDIR)=[^\s$<{"'`]+|\b(?:user ?name|host ?name|machine|working directory|cwd): {1,3}[^\s$<{"'`]+/g
  },
  {
    what: "a marker that looks random",
    pattern: /(?<![\w-])(?:[A-Za-z]{1,12}[_-])?[0-9a-z]{12,64}(?=\]|\)|>|:|$)/gim,
    holds: (match) => {
      const word = match.replace(/^[A-Za-z]+[_-]/, "")
      if (!digit.test(word) || !letter.test(word)) return false
      // digits and letters take turns in what a machine drew, and hardly in what somebody named
      return (word.match(/\d[A-Za-z]|[A-Za-z]\d/g) ?? []).length * 4 >= word.length
    }
  }
]

export const cacheBusters = (blocks: ReadonlyArray<PromptBlock>): ReadonlyArray<Found> =>
  blocks
    .filter(({ type }) => isStable(type))
    .flatMap((block) => {
      const found: Array<Found> = []
      for (const { holds, pattern, what } of busters) {
        for (const { 0: match, index } of block.content.matchAll(pattern)) {
          const end = index + match.length
          if (holds !== undefined && !holds(match)) continue
          if (found.some((other) => other.start < end && index < other.end)) continue
          found.push({
            block,
            start: index,
            end,
            message: `There is ${what} in a block that should stay the same`
          })
        }
      }
      return found
    })
