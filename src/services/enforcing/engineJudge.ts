/** The rules of one engine, which is made ready when it first meets something that was not judged before. */
import * as Effect from "effect/Effect"
import type { Finding } from "../../domain/Compliance.js"
import type { EngineFault, RulepackInvalid } from "../../domain/ComplianceErrors.js"
import type { Hash } from "../../domain/Hash.js"
import { type Hit, toFindings } from "../../enforce/findings.js"
import { makeMatcher } from "../../enforce/globs.js"
import type { PackedRule } from "../../enforce/PackedRule.js"
import type { Due, RuleEngine, Source, Unusable } from "../RuleEngines.js"
import type { VerdictMemo } from "../VerdictMemo.js"
import type { Ahead } from "./seenAhead.js"
import { rulesKey, verdictKey } from "./verdictKey.js"

/** What all rules say of one file. */
export interface FileVerdict {
  readonly source: Source
  readonly findings: ReadonlyArray<Finding>
}

/** A rule may turn out not to be usable only when it is needed: then the pack is at fault. */
export type JudgeError = EngineFault | RulepackInvalid

export interface EngineJudge {
  /** Is shown texts before `text` is asked for each, where the engine judges many at once. */
  readonly ahead: Ahead | undefined
  /** What is known of a text already. */
  readonly recall: (source: Source) => Effect.Effect<ReadonlyArray<Finding> | undefined>
  readonly text: (source: Source) => Effect.Effect<ReadonlyArray<Finding>, JudgeError>
  /** What rules say that are about the project, not about one file. */
  readonly project: (root: string) => Effect.Effect<ReadonlyArray<FileVerdict>, JudgeError>
}

/** Where the verdict on a text is kept. */
interface Kept {
  readonly name: Hash
  readonly memo: VerdictMemo["Type"]
}

/** `memo` is left out where everything is to be judged afresh. */
export const makeEngineJudge = Effect.fnUntraced(function* (
  engine: RuleEngine,
  rules: ReadonlyArray<PackedRule>,
  memo: VerdictMemo["Type"] | undefined,
  invalid: (unusable: Unusable) => RulepackInvalid
) {
  const state = yield* Effect.mapError(engine.stateOf?.(rules) ?? Effect.succeed(""), invalid)
  const key = state === undefined ? undefined : rulesKey(rules, state)
  const known = memo === undefined || key === undefined ? undefined : { key, memo }
  const applies = rules.map((rule) => ({
    rule,
    matches: makeMatcher(rule.rule.files, rule.rule.ignores)
  }))

  const ready = yield* Effect.cached(
    // whoever is interrupted while it loads must not take it away from all others
    Effect.uninterruptible(Effect.mapError(engine.prepare(rules), invalid))
  )
  if (known === undefined) yield* ready
  // that these rules are usable is a verdict too
  else if ((yield* known.memo.get(known.key)) === undefined) {
    yield* ready
    yield* known.memo.put(known.key, [])
  }

  const judge = (
    source: Source,
    due: ReadonlyArray<PackedRule>
  ): Effect.Effect<ReadonlyArray<Finding>, JudgeError> =>
    Effect.map(
      Effect.flatMap(ready, ({ text }) => text(source, due)),
      (hits) => toFindings(source.path, source.text, hits)
    )

  const dueOf = ({ path }: Source): ReadonlyArray<PackedRule> =>
    engine.reads(path) ? applies.flatMap(({ matches, rule }) => (matches(path) ? [rule] : [])) : []

  const kept = (source: Source): Kept | undefined => {
    const name = known === undefined ? undefined : verdictKey(known.key, source)
    return known === undefined || name === undefined ? undefined : { name, memo: known.memo }
  }

  const none: ReadonlyArray<Finding> = []
  const recall: EngineJudge["recall"] = (source) => {
    if (dueOf(source).length === 0) return Effect.succeed(none)
    const place = kept(source)
    return place === undefined ? Effect.succeed(undefined) : place.memo.get(place.name)
  }

  const text = Effect.fnUntraced(function* (source: Source) {
    const verdict = yield* recall(source)
    if (verdict !== undefined) return verdict
    const place = kept(source)
    const findings = yield* judge(source, dueOf(source))
    if (place !== undefined) yield* place.memo.put(place.name, findings)
    return findings
  })

  const ahead: Ahead = Effect.fnUntraced(function* (sources) {
    const due: Array<Due> = []
    for (const source of sources) {
      if ((yield* recall(source)) === undefined) due.push({ source, rules: dueOf(source) })
    }
    if (due.length > 0) yield* (yield* ready).ahead?.(due) ?? Effect.void
  })

  const project = Effect.fnUntraced(function* (root: string) {
    if (engine.wholeProject !== true) return []
    const found = yield* (yield* ready).project?.(root, rules) ?? Effect.succeed([])
    const byPath = new Map<string, { readonly source: Source; readonly hits: Array<Hit> }>()
    for (const { hit, source } of found) {
      const file = byPath.get(source.path) ?? { source, hits: [] }
      byPath.set(source.path, file)
      file.hits.push(hit)
    }
    return [...byPath.values()].map(({ hits, source }): FileVerdict => ({
      source,
      findings: toFindings(source.path, source.text, hits)
    }))
  })

  return {
    ahead: engine.looksAhead === true ? ahead : undefined,
    recall,
    text,
    project
  } satisfies EngineJudge
})
