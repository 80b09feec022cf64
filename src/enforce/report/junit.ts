/** The report as JUnit XML: a test suite for each file, and in it a test case for each finding. */
import type { ComplianceReport, Finding, Severity } from "../../domain/Compliance.js"
import { isAtLeast } from "../findings.js"

/** What XML 1.0 cannot hold in any way: control characters, lone halves of surrogate pairs, and two more. */
const impossible = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

const entities = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["\t", "&#9;"],
  ["\n", "&#10;"],
  ["\r", "&#13;"]
])

const text = (value: string): string =>
  value.replaceAll(impossible, "").replaceAll(/[&<>\r]/g, (character) => entities.get(character) ?? "")

/** In an attribute a line break would be read as a space. */
const attribute = (value: string): string =>
  value.replaceAll(impossible, "").replaceAll(/[&<>"\t\n\r]/g, (character) => entities.get(character) ?? "")

/** `files` are the paths that were judged: those without a finding are suites that pass. */
export const toJunit = (report: ComplianceReport, files: ReadonlyArray<string> = []): string => {
  const byPath = new Map<string, Array<Finding>>(files.map((path) => [path, []]))
  for (const finding of report.findings) {
    const found = byPath.get(finding.path) ?? []
    byPath.set(finding.path, found)
    found.push(finding)
  }
  const suites = [...byPath].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
  const tests = suites.reduce((sum, [, findings]) => sum + Math.max(1, findings.length), 0)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="aegis" tests="${tests}" failures="${failing(report.findings, report.failLevel)}" errors="0">`,
    ...suites.flatMap(([path, findings]) => suite(path, findings, report.failLevel)),
    "</testsuites>",
    ""
  ].join("\n")
}

const failing = (findings: ReadonlyArray<Finding>, level: Severity): number =>
  findings.filter(({ severity }) => isAtLeast(severity, level)).length

const suite = (path: string, findings: ReadonlyArray<Finding>, level: Severity): ReadonlyArray<string> => {
  const name = attribute(path === "" ? "(text)" : path)
  const tests = Math.max(1, findings.length)
  return [
    `  <testsuite name="${name}" tests="${tests}" failures="${failing(findings, level)}" errors="0" skipped="0">`,
    ...(findings.length === 0
      ? [`    <testcase name="no finding" classname="${name}"/>`]
      : findings.flatMap((finding) => testCase(name, finding, level))),
    "  </testsuite>"
  ]
}

/** What is below the level that fails is told, and passes. */
const testCase = (classname: string, finding: Finding, level: Severity): ReadonlyArray<string> => {
  const { column, line, message, path, rule, severity, suggestion } = finding
  const place = `${path}:${line}:${column}`
  const body = text(`${place}: ${severity}: ${message}${suggestion === undefined ? "" : `\n${suggestion}`}`)
  return [
    `    <testcase name="${attribute(`${rule} ${line}:${column}`)}" classname="${classname}">`,
    isAtLeast(severity, level)
      ? `      <failure type="${attribute(rule)}" message="${attribute(message)}">${body}</failure>`
      : `      <system-out>${body}</system-out>`,
    "    </testcase>"
  ]
}
