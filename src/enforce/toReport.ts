/** Findings of many files as one report. The same findings give the same report, byte for byte. */
import { version } from "../domain/version.js"
import type { AppliedPack, ComplianceReport, Finding, Severity } from "../domain/Compliance.js"
import { isAtLeast } from "./findings.js"
import { nameOf, type Pack, type PackedRule } from "./PackedRule.js"

export interface ReportOptions {
  readonly failLevel: Severity
  /** It ended at the first file that fails. */
  readonly truncated?: boolean
  /** Findings that a baseline listed, and that were left out. */
  readonly known?: number
  /** Rules that were not applied. */
  readonly leftOut?: ReadonlyArray<PackedRule>
}

export const toReport = (
  packs: ReadonlyArray<Pack>,
  files: ReadonlyArray<ReadonlyArray<Finding>>,
  { failLevel, known = 0, leftOut = [], truncated = false }: ReportOptions
): ComplianceReport => {
  const findings = files.flat()
  const count = (severity: Severity): number => findings.filter((each) => each.severity === severity).length
  return {
    schemaVersion: 1,
    tool: { name: "aegis", version },
    packs: packs.map(({ changed, file, hash }): AppliedPack => ({
      id: file.id,
      version: file.version,
      hash,
      ...(changed === undefined ? {} : { changed })
    })),
    leftOut: leftOut.map(nameOf),
    valid: !findings.some(({ severity }) => isAtLeast(severity, failLevel)),
    failLevel,
    truncated,
    files: files.length,
    errors: count("error"),
    warnings: count("warning"),
    infos: count("info"),
    known,
    findings
  }
}
