/** Findings as they might be, and reports of them. */
import type { Finding } from "../../../src/domain/Compliance.js"
import { Hash } from "../../../src/domain/Hash.js"
import { toReport } from "../../../src/enforce/toReport.js"
import { hash } from "node:crypto"

export const finding = (fields: Partial<Finding> = {}): Finding => {
  const made = {
    rule: "house/no-var",
    version: "1.0.0",
    severity: "error" as const,
    message: "Write const or let.",
    path: "src/a.ts",
    line: 2,
    column: 3,
    endLine: 2,
    endColumn: 6,
    ...fields
  }
  return { fingerprint: Hash.make(hash("sha256", JSON.stringify(made), "hex")), ...made }
}

export const reportOf = (...findings: ReadonlyArray<Finding>) => {
  const paths = [...new Set(findings.map(({ path }) => path))]
  return toReport(
    [],
    paths.map((path) => findings.filter((each) => each.path === path)),
    { failLevel: "error" }
  )
}

export const nastyPath = "src/a b#c%20/äöü&<x>'\"?.ts"
export const nastyMessage =
  '%0A::error file=x::owned\r\n::add-mask::x <img src=x onerror="1"> | `a` @all ]]> \u0000\u001B[31m'
