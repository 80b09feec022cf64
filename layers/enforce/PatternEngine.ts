/**
 * Regular expressions over text. RE2 takes linear time for a match, whatever the pattern. `^` and `$` are the ends of a line;
 * a line may end with CRLF, and a byte order mark is no part of the first. Columns do not count it.
 */
import * as Effect from "effect/Effect"
import { EngineFault } from "../../src/domain/ComplianceErrors.js"
import type { Hit } from "../../src/enforce/findings.js"
import { nameOf, type PackedRule } from "../../src/enforce/PackedRule.js"
import { lineBreak, makePlaces, type Places } from "../../src/enforce/places.js"
import type { Judge, RuleEngine, Unusable } from "../../src/services/RuleEngines.js"
import { isBinary } from "./binary.js"
import { compilePattern, type Pattern } from "./patterns.js"

/** Hits that a rule may have in one text: the first of them stand for the others. */
const maxHits = 1000
/** Each match takes linear time, and there may be as many as characters. */
const timeLimitMs = 5000

interface Ready {
  readonly pattern: Pattern
  readonly group: number
  /** Patterns that speak of carriage returns see them; for all others a line ends with LF. */
  readonly raw: boolean
}

const readyOf = (rule: PackedRule): Effect.Effect<readonly [PackedRule, Ready], Unusable> =>
  Effect.gen(function* () {
    const file = rule.rule
    const refuse = (field: string, problem: string, fix: string): Effect.Effect<never, Unusable> =>
      Effect.fail({ rule, field, problem, fix })
    if (file.kind !== "pattern") return yield* refuse("kind", "is not pattern", "Write kind: pattern.")
    const pattern = yield* Effect.mapError(
      compilePattern(file.pattern, { ignoreCase: file.ignoreCase }),
      (problem) => ({ rule, field: "pattern", problem, fix: "Write it in RE2's syntax." })
    )
    if (file.group > pattern.groups) {
      return yield* refuse("group", `The pattern has ${pattern.groups} groups`, "Name one of them.")
    }
    // in the middle of a line, between two characters that no pattern is about
    const everywhere = [...pattern.find("\u0001\u0001", 0)].some(
      (match) => match?.start === 1 && match.end === 1
    )
    if (everywhere) {
      return yield* refuse("pattern", "It matches where nothing stands, everywhere", "Write + instead of *.")
    }
    return [rule, { pattern, group: file.group, raw: /\\r|\\x0[dD]|\\x\{0*[dD]\}|\r/.test(file.pattern) }]
  })

/** What one pattern finds; undefined when it takes too long. */
const search = (
  rule: PackedRule,
  { group, pattern }: Ready,
  text: string,
  { spanOf }: Places
): ReadonlyArray<Hit> | undefined => {
  const until = performance.now() + timeLimitMs
  const hits: Array<Hit> = []
  for (const match of pattern.find(text, group)) {
    if (match !== undefined) {
      hits.push({ rule, ...spanOf(match) })
      if (hits.length === maxHits) break
    }
    if (performance.now() > until) return undefined
  }
  return hits
}

const judgeBy =
  (ready: ReadonlyMap<PackedRule, Ready>): Judge["text"] =>
  ({ path, text }, rules) =>
    Effect.suspend(() => {
      if (isBinary(path, text)) return Effect.succeed([])
      const raw = text.replace(/^\uFEFF/, "")
      const plain = raw.replaceAll(lineBreak, "\n")
      const places = { raw: makePlaces(raw), plain: makePlaces(plain) }
      return Effect.map(
        Effect.forEach(rules, (rule) => {
          const fault = (problem: string): EngineFault =>
            new EngineFault({ rule: nameOf(rule), path, problem })
          const known = ready.get(rule)
          if (known === undefined) return fault("it was not made ready")
          return Effect.flatMap(
            Effect.try({
              try: () => search(rule, known, known.raw ? raw : plain, places[known.raw ? "raw" : "plain"]),
              catch: () => fault("its engine failed")
            }),
            (hits) =>
              hits === undefined ? fault(`it took longer than ${timeLimitMs / 1000} s`) : Effect.succeed(hits)
          )
        }),
        (hits) => hits.flat()
      )
    })

export const make: Effect.Effect<RuleEngine> = Effect.succeed({
  kinds: ["pattern"],
  reads: () => true,
  prepare: (rules) =>
    Effect.map(Effect.forEach(rules, readyOf), (ready) => ({ text: judgeBy(new Map(ready)) }))
})
