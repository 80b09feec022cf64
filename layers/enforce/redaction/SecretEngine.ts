/** The engine of rules of kind `secret`. No message of it holds any part of a secret. */
import * as Effect from "effect/Effect"
import { EngineFault } from "../../../src/domain/ComplianceErrors.js"
import { nameOf, type PackedRule } from "../../../src/enforce/PackedRule.js"
import { makePlaces } from "../../../src/enforce/places.js"
import { markOf } from "../../../src/enforce/redact.js"
import type { SecretRule } from "../../../src/enforce/Rulepack.js"
import type { Judge, RuleEngine, Unusable } from "../../../src/services/RuleEngines.js"
import type { FindSecrets } from "./findSecrets.js"

interface Ready {
  readonly rule: SecretRule
  readonly isAllowed: (secret: string) => boolean
}

const makeReady = (packed: PackedRule, rule: SecretRule): Effect.Effect<Ready, Unusable> => {
  if (rule.action === "warn" && rule.severity === "error") {
    return Effect.fail({
      rule: packed,
      field: "action",
      problem: "What only warns cannot be an error",
      fix: "Write severity: warning, or action: block."
    })
  }
  if (rule.allow.length === 0) return Effect.succeed({ rule, isAllowed: () => false })
  return Effect.flatMap(
    Effect.promise(() => import("re2js")),
    ({ RE2JS }) =>
      Effect.try({
        try: () => rule.allow.map((pattern) => RE2JS.compile(pattern)),
        catch: (): Unusable => ({
          rule: packed,
          field: "allow",
          problem: "One of the patterns is no regular expression of RE2",
          fix: "RE2 has neither look-around nor back-references."
        })
      }).pipe(
        Effect.map((patterns) => ({
          rule,
          isAllowed: (secret: string) => patterns.some((pattern) => pattern.matches(secret))
        }))
      )
  )
}

/** Loads secretlint when the first rule is made ready. */
export const make = (): RuleEngine => {
  let loading: Promise<FindSecrets> | undefined
  const load = Effect.promise(
    () => (loading ??= import("./findSecrets.js").then(({ loadFindSecrets }) => loadFindSecrets()))
  )

  const judge =
    (find: FindSecrets, ready: ReadonlyMap<PackedRule, Ready>): Judge["text"] =>
    ({ path, text }, rules) => {
      const { spanOf } = makePlaces(text)
      return Effect.map(
        Effect.forEach(rules, (packed) => {
          const { isAllowed, rule } = ready.get(packed) ?? {}
          if (rule === undefined || isAllowed === undefined) return Effect.succeed([])
          return Effect.tryPromise({
            try: () => find(text, rule.detectors),
            // what secretlint says may repeat what it was reading
            catch: () => new EngineFault({ rule: nameOf(packed), path, problem: "the search failed" })
          }).pipe(
            Effect.map((secrets) =>
              secrets
                .filter(({ end, start }) => !isAllowed(text.slice(start, end)))
                .map(({ detector, end, start }) => {
                  return {
                    rule: packed,
                    ...spanOf({ start, end }),
                    message: `${rule.message ?? "There is a secret in the text"} (${detector})`,
                    suggestion: rule.suggestion ?? "Take it out, and revoke it if it was real.",
                    ...(rule.action === "redact" ? { fix: { start, end, text: markOf(detector) } } : {})
                  }
                })
            )
          )
        }),
        (hits) => hits.flat()
      )
    }

  return {
    kinds: ["secret"],
    reads: () => true,
    prepare: (rules) =>
      Effect.gen(function* () {
        const ready = new Map<PackedRule, Ready>()
        for (const packed of rules) {
          if (packed.rule.kind === "secret") ready.set(packed, yield* makeReady(packed, packed.rule))
        }
        return { text: judge(yield* load, ready) }
      })
  }
}
