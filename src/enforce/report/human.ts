/** The report for a person: each finding with the lines that it is about, marked, and a line that sums up. */
import type { ComplianceReport, Finding, Severity } from "../../domain/Compliance.js"

/** How parts of it are shown; without colours each leaves its text as it is. */
export interface Marks {
  readonly strong: (text: string) => string
  readonly faint: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly note: (text: string) => string
}

export const plainMarks: Marks = {
  strong: (text) => text,
  faint: (text) => text,
  good: (text) => text,
  bad: (text) => text,
  note: (text) => text
}

export interface HumanOptions {
  /** The texts that were judged, by their paths; a finding whose text is not at hand has no frame. */
  readonly sources: ReadonlyMap<string, string>
  readonly marks?: Marks
  /** How many findings are shown, in the order of the report. */
  readonly maxFindings?: number
}

/** The longest piece of a line that a frame shows, in UTF-16 code units. */
const maxWidth = 120

export const toHuman = (
  report: ComplianceReport,
  { maxFindings = 100, marks = plainMarks, sources }: HumanOptions
): string => {
  const lines = new Map<string, ReadonlyArray<string>>()
  const linesOf = (path: string): ReadonlyArray<string> => {
    const known = lines.get(path) ?? (sources.get(path) ?? "").split(/\r\n|[\n\r\u2028\u2029]/)
    lines.set(path, known)
    return known
  }
  const shown = report.findings.slice(0, maxFindings)
  const more = report.findings.length - shown.length
  return [
    ...shown.map((finding) => `${block(finding, linesOf(finding.path), marks)}\n\n`),
    ...(more > 0 ? [`… ${plural(more, "more finding")}\n`] : []),
    ...notApplied(report, marks),
    `${summary(report, marks)}\n`
  ].join("")
}

const plural = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`

/** Control characters would move the cursor, or colour what follows. */
const printable = (text: string): string =>
  text.replaceAll(/[\s\p{Cc}\p{Surrogate}\u202A-\u202E\u2066-\u2069]/gu, " ")

const paintOf = (severity: Severity, marks: Marks): ((text: string) => string) =>
  severity === "error" ? marks.bad : severity === "warning" ? marks.note : marks.faint

// a line begins with the severity: a path or a message that looks like a command of CI is never at its start
const block = (finding: Finding, lines: ReadonlyArray<string>, marks: Marks): string => {
  const { column, line, message, path, rule, severity, suggestion } = finding
  const place = `${printable(path === "" ? "(text)" : path)}:${line}:${column}`
  return [
    `${paintOf(severity, marks)(severity)}  ${marks.strong(place)}  ${printable(message)}  ${marks.faint(printable(rule))}`,
    ...frame(finding, lines, marks),
    ...(suggestion === undefined ? [] : [`  ${marks.faint("help:")} ${printable(suggestion)}`])
  ].join("\n")
}

/** The first line of the range and the one before it, with ^ under what is meant. */
const frame = (finding: Finding, lines: ReadonlyArray<string>, marks: Marks): ReadonlyArray<string> => {
  const { column, endColumn, endLine, line, severity } = finding
  const text = lines[line - 1]
  if (text === undefined || text === "") return []
  const from = column > maxWidth - 20 ? column - 20 : 1
  const piece = (whole: string): string => printable(whole.slice(from - 1, from - 1 + maxWidth))
  const width = String(line).length
  const row = (number: number, content: string): string =>
    `  ${marks.faint(`${String(number).padStart(width)} |`)} ${content}`.trimEnd()
  const last = endLine > line ? text.length + 1 : endColumn
  const start = Math.min(column, text.length + 1) - from
  const length = Math.max(1, Math.min(last - column, piece(text).length - start))
  const before = line > 1 ? lines[line - 2] : undefined
  const carets = paintOf(severity, marks)("^".repeat(length))
  return [
    ...(before === undefined || before.trim() === "" ? [] : [row(line - 1, piece(before))]),
    row(line, piece(text)),
    `  ${marks.faint(`${" ".repeat(width)} |`)} ${" ".repeat(Math.max(0, start))}${carets}`
  ]
}

const notApplied = ({ leftOut }: ComplianceReport, marks: Marks): ReadonlyArray<string> =>
  leftOut.length === 0
    ? []
    : [`${marks.faint("not applied, as it needs --typed:")} ${printable(leftOut.join(", "))}\n`]

const summary = (report: ComplianceReport, marks: Marks): string => {
  const { errors, files, infos, known, packs, truncated, valid, warnings } = report
  const counts = [
    plural(errors, "error"),
    plural(warnings, "warning"),
    ...(infos > 0 ? [plural(infos, "info")] : [])
  ].join(", ")
  return [
    `${valid ? marks.good("ok") : marks.bad("failed")}  ${counts} in ${plural(files, "file")}`,
    ...(packs.length === 0 ? [] : [`by ${packs.map(({ id, version }) => `${id}@${version}`).join(", ")}`]),
    ...(known > 0 ? [`${known} known by the baseline`] : []),
    ...(truncated ? ["stopped at the first file that fails"] : [])
  ].join("; ")
}
