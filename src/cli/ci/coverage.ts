/** The check that enough of the code is run by tests, by the rules of the pack `coverage` as the project has them. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Check } from "../../domain/CachePerformance.js"
import type { ComplianceReport, Finding } from "../../domain/Compliance.js"
import { Enforcer } from "../../services/Enforcer.js"
import { ProjectFiles } from "../../services/ProjectFiles.js"
import { CoverageSummary } from "./reports.js"

const pack = "coverage"
const decode = Schema.decodeUnknownOption(Schema.parseJson(CoverageSummary))

const metrics = ["lines", "statements", "functions", "branches"] as const

/** Rounded down, as the pack does. */
const figureOf = ({ total }: CoverageSummary): string =>
  metrics
    .map((metric) => {
      const { covered, total: all } = total[metric]
      return `${metric} ${all === 0 ? "unknown" : `${Math.floor((covered * 10_000) / all) / 100} %`}`
    })
    .join(", ")

const remedy = "Test what is not covered, and run the tests with coverage once more."

const judged = (
  threshold: string,
  findings: ReadonlyArray<Finding>,
  summary: Option.Option<CoverageSummary>
): Check => {
  const [first] = findings.filter(({ rule, severity }) => rule.startsWith(`${pack}/`) && severity === "error")
  const figure = Option.match(summary, {
    onNone: () => first?.message ?? "enough by the gate",
    onSome: figureOf
  })
  const check = { check: "coverage", threshold } as const
  return first === undefined
    ? { ...check, state: "passed", figure }
    : { ...check, state: "failed", figure: first.message, remedy }
}

/** By the gate's report where it applied the pack, else by the pack itself to the project's summary. */
export const coverageCheck = Effect.fnUntraced(function* (
  report: Option.Option<ComplianceReport>,
  given: Option.Option<CoverageSummary>
) {
  const enforcer = yield* Enforcer
  const files = yield* ProjectFiles
  const prepared = yield* enforcer.prepare([pack], { fresh: true })
  const [rule] = prepared.rules.flatMap(({ rule }) => (rule.kind === "coverage" ? [rule] : []))
  const limits = metrics.flatMap((metric) =>
    rule?.[metric] === undefined ? [] : `${metric} ${rule[metric]} %`
  )
  const threshold = limits.length === 0 ? "no limit" : `at least ${limits.join(", ")}`
  const applied = Option.filter(report, ({ packs }) => packs.some(({ id }) => id === pack))
  if (Option.isSome(applied)) return judged(threshold, applied.value.findings, given)
  const path = rule?.summary ?? ""
  const read = path === "" ? Option.none() : yield* files.read(path)
  if (Option.isNone(read)) {
    const unknown: Check = {
      check: "coverage",
      state: "unknown",
      figure: path === "" ? "no rule of the pack asks for it" : `there is no ${path}`,
      threshold,
      remedy: "Run the tests with coverage first (`vitest run --coverage` with the reporter json-summary)."
    }
    return unknown
  }
  const findings = (yield* prepared.project(files.root)).flatMap((verdict) => verdict.findings)
  return judged(threshold, findings, decode(read.value.text))
})
