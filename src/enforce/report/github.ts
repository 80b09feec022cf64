/** The report for GitHub Actions: annotations as workflow commands, and the summary of the job in Markdown. */
import type { ComplianceReport, Finding, Severity } from "../../domain/Compliance.js"
import { bySeverity } from "./bySeverity.js"
import { cell } from "./markdownCell.js"

/** What a step may show of each kind; GitHub drops what comes after it, and does not say so. */
const maxAnnotations = 10
/** A summary is dropped as a whole when it is longer than 1 MiB. */
const maxRows = 200

const data = (value: string): string =>
  value.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A")

const property = (value: string): string => data(value).replaceAll(":", "%3A").replaceAll(",", "%2C")

/** Ten errors and ten warnings as workflow commands, a line each; how many more there are is told in a notice. */
export const toAnnotations = ({ findings }: ComplianceReport): string => {
  const shown = [...firstOf(findings, "error"), ...firstOf(findings, "warning")]
  const more = findings.length - shown.length
  return [
    ...shown.map(annotation),
    ...(more > 0
      ? [
          `::notice title=aegis enforce::${more} more ${more === 1 ? "finding is" : "findings are"} in the report`
        ]
      : [])
  ]
    .map((line) => `${line}\n`)
    .join("")
}

const firstOf = (findings: ReadonlyArray<Finding>, severity: Severity): ReadonlyArray<Finding> =>
  findings.filter((finding) => finding.severity === severity).slice(0, maxAnnotations)

const annotation = (finding: Finding): string => {
  const { column, endColumn, endLine, line, message, path, rule, severity, suggestion } = finding
  const properties = [
    ...(path === "" ? [] : [["file", path]]),
    ["line", String(line)],
    ["endLine", String(endLine)],
    // columns are understood within one line only
    ...(line === endLine
      ? [
          ["col", String(column)],
          ["endColumn", String(endColumn)]
        ]
      : []),
    ["title", rule]
  ]
  const fields = properties.map(([name = "", value = ""]) => `${name}=${property(value)}`).join(",")
  return `::${severity} ${fields}::${data(suggestion === undefined ? message : `${message}\n${suggestion}`)}`
}

/** The summary of the job: what was found in total, and the worst of it as a table. */
export const toSummary = (report: ComplianceReport): string => {
  const { errors, files, findings, infos, known, leftOut, packs, truncated, valid, warnings } = report
  const shown = bySeverity(findings).slice(0, maxRows)
  const more = findings.length - shown.length
  return [
    `## aegis enforce: ${valid ? "clean" : "findings"}`,
    "",
    `${errors} errors, ${warnings} warnings, ${infos} infos in ${files} files; ${known} known by the baseline.`,
    ...(packs.length === 0
      ? []
      : ["", `Judged by ${packs.map(({ id, version }) => cell(`${id}@${version}`)).join(", ")}.`]),
    ...(leftOut.length === 0
      ? []
      : ["", `Not applied without --typed: ${leftOut.map((rule) => cell(rule)).join(", ")}`]),
    ...(truncated ? ["", "It stopped at the first file that fails."] : []),
    ...(shown.length === 0 ? [] : ["", "| | where | rule | what |", "|---|---|---|---|"]),
    ...shown.map(
      ({ column, line, message, path, rule, severity }) =>
        `| ${severity} | ${cell(`${path}:${line}:${column}`)} | ${cell(rule)} | ${cell(message)} |`
    ),
    ...(more > 0 ? ["", `${more} more are in the report.`] : []),
    ""
  ].join("\n")
}
