/**
 * Judges looks: raw values where tokens belong (rules of kind `tokens`) and what does not adapt to the
 * screen (`responsive`).
 * Owns: reading scripts, CSS and SVG for what they say about looks. Does not own: where tokens come from
 * (TokenSources).
 */
import * as Effect from "effect/Effect"
import { EngineFault } from "../../../src/domain/ComplianceErrors.js"
import type { Hit } from "../../../src/enforce/findings.js"
import { nameOf, type PackedRule } from "../../../src/enforce/PackedRule.js"
import { makePlaces } from "../../../src/enforce/places.js"
import type { RuleEngine, Source, Unusable } from "../../../src/services/RuleEngines.js"
import { type Token, TokenSources } from "../../../src/services/TokenSources.js"
import { tooLong } from "../tooLong.js"
import { makeTokenIndex, type TokenIndex } from "./TokenIndex.js"

/** The parsers and css-tree are only loaded when rules of these kinds are in use. */
const load = Effect.promise(() =>
  Promise.all([import("./collect.js"), import("./judgeTokens.js"), import("./judgeResponsive.js")])
)

export const make: Effect.Effect<RuleEngine, never, TokenSources> = Effect.gen(function* () {
  const sources = yield* TokenSources

  const tokensOf = (rule: PackedRule): Effect.Effect<ReadonlyArray<Token>, Unusable> =>
    Effect.mapError(sources.tokens(sourcesOf(rule)), ({ fix, problem, source }): Unusable => ({
      rule,
      field: "sources",
      problem: `${source}: ${problem}`,
      fix
    }))

  return {
    kinds: ["tokens", "responsive"],
    reads: (path) => /\.([cm]?[jt]sx?|css|svg)$/i.test(path) && !/\.d\.[cm]?ts$/i.test(path),
    stateOf: (rules) =>
      Effect.map(
        Effect.forEach(
          rules.filter((rule) => sourcesOf(rule).length > 0),
          tokensOf
        ),
        (tokens) => JSON.stringify(tokens)
      ),
    prepare: Effect.fnUntraced(function* (rules) {
      const [{ collect }, { judgeTokens }, { judgeResponsive }] = yield* load
      const indexes = new Map<PackedRule, TokenIndex>()
      const bySources = new Map<string, TokenIndex>()
      for (const rule of rules) {
        const key = sourcesOf(rule).join("\n")
        const index = bySources.get(key) ?? makeTokenIndex(yield* tokensOf(rule))
        bySources.set(key, index)
        indexes.set(rule, index)
      }

      const judge = ({ path, text }: Source, due: ReadonlyArray<PackedRule>): ReadonlyArray<Hit> => {
        // what defines tokens holds raw values by its nature
        const applied = due.filter((each) => !sourcesOf(each).includes(path))
        const [first] = applied
        if (first === undefined) return []
        const unread = tooLong(text)
        if (unread !== undefined) return [unread]
        const { spanOf } = makePlaces(text)
        const { collected, unreadable } = collect(path, text)
        const hits = applied.flatMap((packed): ReadonlyArray<Hit> => {
          const { rule } = packed
          const index = indexes.get(packed)
          const found =
            rule.kind === "tokens" && index !== undefined
              ? judgeTokens(collected, rule, index)
              : rule.kind === "responsive"
                ? judgeResponsive(collected, rule)
                : []
          return found.map(({ message, range, suggestion }) => ({
            rule: packed,
            ...spanOf(range),
            message,
            suggestion: rule.suggestion ?? suggestion
          }))
        })
        if (unreadable === undefined) return hits
        const at = { start: unreadable.offset, end: unreadable.offset }
        const message = `The file cannot be read, so its values were not judged: ${unreadable.problem}`
        return [...hits, { rule: first, ...spanOf(at), message, suggestion: "Mend its syntax." }]
      }

      return {
        text: (source, due) =>
          Effect.try({
            try: () => judge(source, due),
            catch: (cause) =>
              new EngineFault({
                rule: due.map(nameOf).join(", "),
                path: source.path,
                problem: cause instanceof Error ? cause.message : "it threw"
              })
          })
      }
    })
  }
})

const sourcesOf = ({ rule }: PackedRule): ReadonlyArray<string> =>
  rule.kind === "tokens" ? rule.sources : []
