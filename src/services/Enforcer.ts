/**
 * Judges code and prompts by rulepacks. Owns: which rules apply to what, the order and the names of findings, and that a fault of a
 * rule is never a verdict. Does not own: how rules of a kind judge (RuleEngines), where packs come from (Rulepacks), and where
 * verdicts are kept (VerdictMemo).
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { ComplianceReport, Finding, Severity } from "../domain/Compliance.js"
import type { EngineFault } from "../domain/ComplianceErrors.js"
import { RulepackInvalid, RulepackNotFound } from "../domain/ComplianceErrors.js"
import { inOneOrder } from "../enforce/findings.js"
import { nameOf, type Pack, type PackedRule, rulesOf } from "../enforce/PackedRule.js"
import { toReport } from "../enforce/toReport.js"
import { sha256 } from "../prompt/digest.js"
import {
  type EngineJudge,
  type FileVerdict,
  type JudgeError,
  makeEngineJudge
} from "./enforcing/engineJudge.js"
import { judgedInOrder } from "./enforcing/judgedInOrder.js"
import { type Ahead, seenAhead } from "./enforcing/seenAhead.js"
import { current } from "./recorder/Scope.js"
import { noteVerdict } from "./recorder/surroundings.js"
import { noted, notedStream } from "./noted.js"
import { scaffoldIdOf } from "./resolved.js"
import { RuleEngines, type Source } from "./RuleEngines.js"
import { Rulepacks } from "./Rulepacks.js"
import { VerdictMemo } from "./VerdictMemo.js"

export type EnforceError = RulepackInvalid | RulepackNotFound | EngineFault

export type { FileVerdict, JudgeError }

/** Packs whose rules are ready. */
export interface Prepared {
  readonly packs: ReadonlyArray<Pack>
  /** Those that are applied. */
  readonly rules: ReadonlyArray<PackedRule>
  /** Those that are not: they need types, which were not asked for. */
  readonly leftOut: ReadonlyArray<PackedRule>
  readonly judge: (source: Source) => Effect.Effect<ReadonlyArray<Finding>, JudgeError>
  /** What is known of a text without judging it, where all of it is known. */
  readonly recall: (source: Source) => Effect.Effect<ReadonlyArray<Finding> | undefined>
  /** Is shown texts before `judge` is asked for each, where an engine judges many at once. */
  readonly ahead: Ahead | undefined
  /** What rules say that are about the project, not about one file. */
  readonly project: (root: string) => Effect.Effect<ReadonlyArray<FileVerdict>, JudgeError>
}

/** A rule as `explain` shows it. */
export interface RuleFacts {
  readonly rule: PackedRule
  readonly name: string
}

/** A pack that is there and cannot be used. */
export interface BrokenPack {
  readonly name: string
  readonly error: RulepackInvalid | RulepackNotFound
}

export class Enforcer extends Context.Tag("aegis/Enforcer")<
  Enforcer,
  {
    /** Reads packs, and makes their rules ready. `fresh`: no verdict of an earlier run counts, and none is kept. */
    readonly prepare: (
      packs: ReadonlyArray<string>,
      options?: { readonly fresh?: boolean }
    ) => Effect.Effect<Prepared, EnforceError>
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
    ) => Stream.Stream<FileVerdict, E | JudgeError, R>
    /** Every pack that can be had by name; one that cannot be used by its name and its error. */
    readonly packs: Effect.Effect<ReadonlyArray<Either.Either<Pack, BrokenPack>>>
    /** A rule by `pack/rule`. */
    readonly explain: (rule: string) => Effect.Effect<RuleFacts, RulepackInvalid | RulepackNotFound>
  }
>() {}

const defaultPath = "content.ts"

/** Where a rule stands. What the project changes in it is told of too: it may be that which is wrong. */
const originOf = (packs: ReadonlyArray<Pack>, { pack, rule }: PackedRule): string => {
  const { changed = [], origin = pack.id } = packs.find(({ file }) => file.id === pack.id) ?? {}
  return changed.includes(rule.id) ? `${origin}, as "rules" in the settings changes it` : origin
}

export const make = Effect.gen(function* () {
  const engines = yield* RuleEngines
  const rulepacks = yield* Rulepacks
  const memo = yield* VerdictMemo

  const load = (
    names: ReadonlyArray<string>
  ): Effect.Effect<ReadonlyArray<Pack>, RulepackInvalid | RulepackNotFound> =>
    Effect.forEach([...new Set(names)], rulepacks.load)

  const prepare = Effect.fn("Enforcer.prepare")(function* (
    names: ReadonlyArray<string>,
    { fresh = false }: { readonly fresh?: boolean } = {}
  ) {
    const packs = yield* load(names)
    const rules = packs.flatMap(rulesOf)
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
    const judges: Array<EngineJudge> = []
    for (const engine of engines) {
      const own = rules.filter(({ rule }) => engine.kinds.includes(rule.kind))
      if (own.length === 0) continue
      judges.push(
        yield* makeEngineJudge(engine, own, fresh ? undefined : memo, ({ field, fix, problem, rule }) => {
          return new RulepackInvalid({
            file: originOf(packs, rule),
            line: 1,
            column: 1,
            problem: `"${field}" of rule ${nameOf(rule)}: ${problem}`,
            fix
          })
        })
      )
    }
    const judge: Prepared["judge"] = (source) =>
      Effect.map(
        Effect.forEach(judges, ({ text }) => text(source)),
        inOneOrder
      )
    const recall: Prepared["recall"] = Effect.fnUntraced(function* (source) {
      const known: Array<ReadonlyArray<Finding>> = []
      for (const judge of judges) {
        const findings = yield* judge.recall(source)
        if (findings === undefined) return undefined
        known.push(findings)
      }
      return inOneOrder(known)
    })
    const project: Prepared["project"] = (root) =>
      Effect.map(
        Effect.forEach(judges, ({ project }) => project(root)),
        (verdicts) => verdicts.flat()
      )
    const many = judges.flatMap(({ ahead }) => ahead ?? [])
    const leftOut = rules.filter((rule) => engines.some(({ leavesOut }) => leavesOut?.(rule)))
    const prepared: Prepared = {
      packs,
      rules: rules.filter((rule) => !leftOut.includes(rule)),
      leftOut,
      judge,
      recall,
      project,
      ahead:
        many.length === 0
          ? undefined
          : (sources) => Effect.forEach(many, (see) => see(sources), { discard: true })
    }
    return prepared
  })

  return Enforcer.of({
    prepare,
    enforceStandards: Effect.fn("Enforcer.enforceStandards")(
      function* (content, names, options = {}) {
        const { path = defaultPath, failLevel = "error" } = options
        const { judge, leftOut, packs } = yield* prepare(names)
        const findings = yield* judge({ path, text: content })
        const report = toReport(packs, [findings], { failLevel, leftOut })
        const scope = yield* FiberRef.get(current)
        if (scope !== undefined) noteVerdict(scope.node, report)
        return report
      },
      (self, content) =>
        noted<ComplianceReport>((report) => ({
          operation: "enforce",
          // what was judged has a name as what was sent has one
          scaffoldId: scaffoldIdOf(sha256(content)),
          ...(report === undefined
            ? {}
            : { findings: { error: report.errors, warning: report.warnings, info: report.infos } })
        }))(self)
    ),
    enforceFiles: (sources, { ahead, judge, packs, recall }) =>
      Stream.suspend(() => {
        const findings = { error: 0, warning: 0, info: 0 }
        return judgedInOrder(seenAhead(sources, ahead), { judge, recall }).pipe(
          // an effect for each text would take them one by one
          Stream.map((verdict) => {
            for (const { severity } of verdict.findings) findings[severity] += 1
            return verdict
          }),
          notedStream(() => ({
            operation: "enforce",
            // many texts have no name together; what they are judged by has one
            scaffoldId: scaffoldIdOf(sha256(JSON.stringify(packs.map(({ file, hash }) => [file.id, hash])))),
            findings
          }))
        )
      }),
    packs: Effect.flatMap(
      rulepacks.names,
      Effect.forEach((name) =>
        Effect.either(Effect.mapError(rulepacks.load(name), (error): BrokenPack => ({ name, error })))
      )
    ),
    explain: Effect.fn("Enforcer.explain")(function* (name) {
      const [pack = ""] = name.split("/")
      const rules = rulesOf(yield* rulepacks.load(pack))
      const rule = rules.find((each) => nameOf(each) === name)
      if (rule === undefined) return yield* new RulepackNotFound({ name, known: rules.map(nameOf) })
      const engine = engines.find(({ kinds }) => kinds.includes(rule.rule.kind))
      return { rule: engine?.describe === undefined ? rule : yield* engine.describe(rule), name }
    })
  })
})

export const layer: Layer.Layer<Enforcer, never, RuleEngines | Rulepacks | VerdictMemo> = Layer.effect(
  Enforcer,
  make
)
