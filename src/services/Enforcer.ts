/**
 * Judges code and prompts by rulepacks. Owns: which rules apply to what, the order and the names of findings, and that a fault of a
 * rule is never a verdict. Does not own: how rules of a kind judge (RuleEngines), where packs come from (Rulepacks).
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { ComplianceReport, Finding, Severity } from "../domain/Compliance.js"
import type { EngineFault } from "../domain/ComplianceErrors.js"
import { RulepackInvalid, RulepackNotFound } from "../domain/ComplianceErrors.js"
import { type Hit, toFindings } from "../enforce/findings.js"
import { makeMatcher } from "../enforce/globs.js"
import { nameOf, type Pack, type PackedRule, rulesOf } from "../enforce/PackedRule.js"
import { toReport } from "../enforce/toReport.js"
import { type Ahead, seenAhead } from "./judgeAhead.js"
import { type Judge, RuleEngines, type Source } from "./RuleEngines.js"
import { Rulepacks } from "./Rulepacks.js"

export type EnforceError = RulepackInvalid | RulepackNotFound | EngineFault

/** What all rules say of one file. */
export interface FileVerdict {
  readonly source: Source
  readonly findings: ReadonlyArray<Finding>
}

/** Packs whose rules are ready. */
export interface Prepared {
  readonly packs: ReadonlyArray<Pack>
  /** Those that are applied. */
  readonly rules: ReadonlyArray<PackedRule>
  /** Those that are not: they need types, which were not asked for. */
  readonly leftOut: ReadonlyArray<PackedRule>
  readonly judge: (source: Source) => Effect.Effect<ReadonlyArray<Finding>, EngineFault>
  /** Is shown texts before `judge` is asked for each, where an engine judges many at once. */
  readonly ahead?: Ahead
  /** What rules say that are about the project, not about one file. */
  readonly project: (root: string) => Effect.Effect<ReadonlyArray<FileVerdict>, EngineFault>
}

/** A rule as `explain` shows it. */
export interface RuleFacts {
  readonly rule: PackedRule
  readonly name: string
}

export class Enforcer extends Context.Tag("aegis/Enforcer")<
  Enforcer,
  {
    /** Reads packs, and makes their rules ready. */
    readonly prepare: (packs: ReadonlyArray<string>) => Effect.Effect<Prepared, EnforceError>
    /**
     * Judges one text. `path` decides how it is read; no file is opened.
     *
     * @example enforcer.enforceStandards("var a = 1", ["standards"], { path: "a.ts" })
     */
    readonly enforceStandards: (
      content: string,
      packs: ReadonlyArray<string>,
      options?: { readonly path?: string | undefined; readonly failLevel?: Severity | undefined }
    ) => Effect.Effect<ComplianceReport, EnforceError>
    /** Judges texts as they come, some at a time; verdicts come in the order of the texts. */
    readonly enforceFiles: <E, R>(
      sources: Stream.Stream<Source, E, R>,
      prepared: Prepared
    ) => Stream.Stream<FileVerdict, E | EngineFault, R>
    readonly packs: Effect.Effect<ReadonlyArray<Pack>, RulepackInvalid | RulepackNotFound>
    /** A rule by `pack/rule`. */
    readonly explain: (rule: string) => Effect.Effect<RuleFacts, RulepackInvalid | RulepackNotFound>
  }
>() {}

/** Texts that are judged side by side. */
const concurrency = 2
const defaultPath = "content.ts"

const originOf = (packs: ReadonlyArray<Pack>, { pack }: PackedRule): string =>
  packs.find(({ file }) => file.id === pack.id)?.origin ?? pack.id

export const make = Effect.gen(function* () {
  const engines = yield* RuleEngines
  const rulepacks = yield* Rulepacks

  const load = (
    names: ReadonlyArray<string>
  ): Effect.Effect<ReadonlyArray<Pack>, RulepackInvalid | RulepackNotFound> =>
    Effect.forEach([...new Set(names)], rulepacks.load)

  const prepare = Effect.fn("Enforcer.prepare")(function* (names: ReadonlyArray<string>) {
    const packs = yield* load(names)
    const rules = packs.flatMap(rulesOf)
    const applies = new Map(rules.map((rule) => [rule, makeMatcher(rule.rule.files, rule.rule.ignores)]))
    const judged = new Set(engines.flatMap(({ kinds }) => kinds))
    const orphan = rules.find(({ rule }) => !judged.has(rule.kind))
    // a rule that nobody applies would look like one that nothing breaks
    if (orphan !== undefined) {
      return yield* new RulepackInvalid({
        file: originOf(packs, orphan),
        line: 1,
        column: 1,
        problem: `Nothing here judges by rules of kind ${orphan.rule.kind}, as ${nameOf(orphan)} is`,
        fix: "Leave the pack out."
      })
    }
    const judges: Array<{
      readonly rules: ReadonlyArray<PackedRule>
      readonly judge: Judge
      readonly reads: (path: string) => boolean
    }> = []
    for (const engine of engines) {
      const own = rules.filter(({ rule }) => engine.kinds.includes(rule.kind))
      if (own.length === 0) continue
      const judge = yield* Effect.mapError(engine.prepare(own), ({ field, fix, problem, rule }) => {
        return new RulepackInvalid({
          file: originOf(packs, rule),
          line: 1,
          column: 1,
          problem: `"${field}" of rule ${nameOf(rule)}: ${problem}`,
          fix
        })
      })
      judges.push({ rules: own, judge, reads: engine.reads })
    }
    type Ready = (typeof judges)[number]
    const dueOf = ({ reads, rules }: Ready, { path }: Source): ReadonlyArray<PackedRule> =>
      reads(path) ? rules.filter((rule) => applies.get(rule)?.(path)) : []
    const judge = (source: Source): Effect.Effect<ReadonlyArray<Finding>, EngineFault> =>
      Effect.map(
        Effect.forEach(judges, (ready) => {
          const due = dueOf(ready, source)
          return due.length === 0 ? Effect.succeed([]) : ready.judge.text(source, due)
        }),
        (hits) => toFindings(source.path, source.text, hits.flat())
      )
    const many = judges.flatMap((ready) =>
      ready.judge.ahead === undefined ? [] : [[ready, ready.judge.ahead] as const]
    )
    const ahead: Ahead = (sources) =>
      Effect.forEach(
        many,
        ([ready, see]) => see(sources.map((source) => ({ source, rules: dueOf(ready, source) }))),
        {
          discard: true
        }
      )
    const project = (root: string): Effect.Effect<ReadonlyArray<FileVerdict>, EngineFault> =>
      Effect.map(
        Effect.forEach(judges, ({ judge, rules }) => judge.project?.(root, rules) ?? Effect.succeed([])),
        (found) => {
          const byPath = new Map<string, { readonly source: Source; readonly hits: Array<Hit> }>()
          for (const { hit, source } of found.flat()) {
            const file = byPath.get(source.path) ?? { source, hits: [] }
            byPath.set(source.path, file)
            file.hits.push(hit)
          }
          return [...byPath.values()].map(({ hits, source }) => ({
            source,
            findings: toFindings(source.path, source.text, hits)
          }))
        }
      )
    const leftOut = judges.flatMap(({ judge }) => judge.leftOut ?? [])
    return {
      packs,
      rules: rules.filter((rule) => !leftOut.includes(rule)),
      leftOut,
      judge,
      project,
      ...(many.length === 0 ? {} : { ahead })
    }
  })

  return Enforcer.of({
    prepare,
    enforceStandards: Effect.fn("Enforcer.enforceStandards")(function* (content, names, options = {}) {
      const { path = defaultPath, failLevel = "error" } = options
      const { judge, leftOut, packs } = yield* prepare(names)
      const findings = yield* judge({ path, text: content })
      return toReport(packs, [findings], { failLevel, leftOut })
    }),
    enforceFiles: (sources, { ahead, judge }) =>
      Stream.mapEffect(
        seenAhead(sources, ahead),
        (source) => Effect.map(judge(source), (findings) => ({ source, findings })),
        {
          concurrency
        }
      ),
    packs: Effect.flatMap(rulepacks.names, load),
    explain: Effect.fn("Enforcer.explain")(function* (name) {
      const [pack = ""] = name.split("/")
      const rules = rulesOf(yield* rulepacks.load(pack))
      const rule = rules.find((each) => nameOf(each) === name)
      if (rule === undefined) return yield* new RulepackNotFound({ name, known: rules.map(nameOf) })
      return { rule, name }
    })
  })
})

export const layer: Layer.Layer<Enforcer, never, RuleEngines | Rulepacks> = Layer.effect(Enforcer, make)
