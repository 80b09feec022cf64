/** Writes the reports of a run: to the folder that was named, to stdout, and where GitHub looks for them. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ComplianceReport } from "../domain/Compliance.js"
import type { FileRefused } from "../domain/FileRefused.js"
import { nameOf, type PackedRule } from "../enforce/PackedRule.js"
import { makePlaces } from "../enforce/places.js"
import { toAnnotations, toSummary } from "../enforce/report/github.js"
import { toHuman } from "../enforce/report/human.js"
import { toJson } from "../enforce/report/json.js"
import { toJunit } from "../enforce/report/junit.js"
import { toSarif } from "../enforce/report/sarif.js"
import { ProjectFiles } from "../services/ProjectFiles.js"
import type { Judged } from "./enforceJudge.js"
import type { Format, Plan } from "./enforcePlan.js"
import { jobSummary, variable } from "./jobSummary.js"
import { Output } from "./Output.js"
import { paint } from "./views/paint.js"
import { plainStyle } from "./views/Style.js"

const names = {
  json: "compliance-report.json",
  sarif: "compliance-report.sarif",
  junit: "compliance-report.junit.xml"
} as const satisfies Partial<Record<Format, string>>

export const writeReports = (
  report: ComplianceReport,
  judged: ReadonlyArray<Judged>,
  rules: ReadonlyArray<PackedRule>,
  { folder, formats, maxFindings }: Plan,
  ci: boolean
): Effect.Effect<void, FileRefused, Output | ProjectFiles> =>
  Effect.gen(function* () {
    const output = yield* Output
    const files = yield* ProjectFiles
    const texts = {
      json: toJson(report),
      sarif: Effect.sync(() => toSarif(report, rules)),
      junit: Effect.sync(() =>
        toJunit(
          report,
          judged.map(({ path }) => path)
        )
      )
    } as const
    for (const format of ["json", "sarif", "junit"] as const) {
      if (!formats.has(format)) continue
      if (Option.isSome(folder)) yield* files.write(`${folder.value}/${names[format]}`, yield* texts[format])
      else yield* output.text(yield* texts[format])
    }
    if (output.json || formats.has("human")) {
      const secrets = new Set(rules.filter(({ rule }) => rule.kind === "secret").map(nameOf))
      const sources = new Map(judged.map((one) => [one.path, withoutSecrets(one, secrets)]))
      yield* output.emit(ComplianceReport, report, (value, style) => {
        const text = toHuman(value, { sources, maxFindings, marks: paint(ci ? plainStyle : style) })
        // the older form of a workflow command is understood in the middle of a line too
        return Effect.succeed(ci ? text.replaceAll("##[", "##(") : text)
      })
    }
    const onGitHub = formats.has("github") || (ci && (yield* variable("GITHUB_ACTIONS")) === "true")
    if (!onGitHub) return
    if (!output.json) yield* output.text(toAnnotations(report))
    yield* (yield* jobSummary)(toSummary(report))
  })

/** The text as frames may show it: logs of CI are read by more people than the file. Places stay what they are. */
const withoutSecrets = ({ findings, text }: Judged, secrets: ReadonlySet<string>): string => {
  const found = findings.filter(({ rule }) => secrets.has(rule))
  if (found.length === 0) return text
  const { offsetOf } = makePlaces(text)
  const parts: Array<string> = []
  let from = 0
  for (const { column, endColumn, endLine, line } of found) {
    const start = Math.max(from, offsetOf({ line, column }))
    const end = Math.max(start, offsetOf({ line: endLine, column: endColumn }))
    parts.push(text.slice(from, start), text.slice(start, end).replaceAll(/[^\s]/g, "*"))
    from = end
  }
  return parts.join("") + text.slice(from)
}
