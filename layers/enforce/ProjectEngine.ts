/** Rules about the project as a whole: its coverage, its compiler options, values in its JSON files. Nothing is run. */
import * as Effect from "effect/Effect"
import { EngineFault } from "../../src/domain/ComplianceErrors.js"
import { nameOf, type PackedRule } from "../../src/enforce/PackedRule.js"
import type { RuleFile } from "../../src/enforce/Rulepack.js"
import type { RuleEngine, Unusable } from "../../src/services/RuleEngines.js"
import { judgeCoverage, metrics } from "./coverage.js"
import { judgeJsonPath } from "./jsonPath.js"
import { keysOf } from "./jsonText.js"
import { compilePattern } from "./patterns.js"
import { type Found, leadsOut } from "./projectFiles.js"
import { judgeTsconfig, optionProblem } from "./tsconfig.js"

type JudgeRule = (root: string) => ReadonlyArray<Found>

/** The field of a rule that names its file. */
const fileOf = (file: RuleFile): readonly [string, string] | undefined =>
  file.kind === "coverage"
    ? ["summary", file.summary]
    : file.kind === "tsconfig"
      ? ["config", file.config]
      : file.kind === "json-path"
        ? ["file", file.file]
        : undefined

const readyOf = Effect.fnUntraced(function* (rule: PackedRule) {
  const file = rule.rule
  const refuse = (field: string, problem: string, fix: string): Effect.Effect<never, Unusable> =>
    Effect.fail({ rule, field, problem, fix })
  const [field, path] = fileOf(file) ?? ["kind", ""]
  if (leadsOut(path)) {
    return yield* refuse(field, "The path leads out of the project", "Name a file in it, from its root.")
  }
  switch (file.kind) {
    case "coverage": {
      if (metrics.every((name) => file[name] === undefined)) {
        return yield* refuse("lines", "The rule asks for no coverage", "Write lines: 90, or branches: 90.")
      }
      return (root: string) => judgeCoverage(root, rule, file)
    }
    case "tsconfig": {
      const ts = (yield* Effect.promise(() => import("typescript"))).default
      for (const [name, value] of Object.entries(file.options)) {
        const problem = optionProblem(ts, name, value)
        if (problem !== undefined) {
          return yield* refuse(`options.${name}`, problem, "Write it as in a tsconfig.json.")
        }
      }
      return (root: string) => judgeTsconfig(ts, root, rule, file)
    }
    case "json-path": {
      const { equals, exists, matches, pointer } = file
      if (keysOf(pointer) === undefined) {
        return yield* refuse("pointer", "A ~ stands for nothing", "Write ~0 for ~ and ~1 for / in a key.")
      }
      const asksForValue = equals !== undefined || matches !== undefined
      if (exists === undefined && !asksForValue) {
        return yield* refuse("exists", "The rule asks for nothing", "Write exists, equals or matches.")
      }
      if (exists === false && asksForValue) {
        return yield* refuse("exists", "What may not be there has no value", "Leave equals and matches out.")
      }
      const pattern =
        matches === undefined
          ? undefined
          : yield* Effect.catchAll(compilePattern(matches), (problem) =>
              refuse("matches", problem, "Write it in RE2's syntax.")
            )
      return (root: string) => judgeJsonPath(root, rule, file, pattern)
    }
    default:
      return yield* refuse("kind", "is not about the project", "Write coverage, tsconfig or json-path.")
  }
})

export const make: Effect.Effect<RuleEngine> = Effect.succeed({
  kinds: ["coverage", "tsconfig", "json-path"],
  reads: () => false,
  wholeProject: true,
  prepare: (rules) =>
    Effect.map(
      Effect.forEach(rules, (rule) =>
        Effect.map(readyOf(rule), (judge): readonly [PackedRule, JudgeRule] => [rule, judge])
      ),
      (ready) => {
        const judges = new Map(ready)
        return {
          text: () => Effect.succeed([]),
          project: (root, due) =>
            Effect.map(
              Effect.forEach(due, (rule) =>
                Effect.try({
                  try: () => judges.get(rule)?.(root) ?? [],
                  catch: (thrown) =>
                    new EngineFault({
                      rule: nameOf(rule),
                      path: fileOf(rule.rule)?.[1] ?? "",
                      problem: `it threw ${thrown instanceof Error ? thrown.name : typeof thrown}`
                    })
                })
              ),
              (found) => found.flat()
            )
        }
      }
    )
})
