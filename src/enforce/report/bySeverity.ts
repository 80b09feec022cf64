/** Findings where only some can be shown: the worst first, otherwise in their own order. */
import type { Finding, Severity } from "../../domain/Compliance.js"

const order: ReadonlyArray<Severity> = ["error", "warning", "info"]

export const bySeverity = (findings: ReadonlyArray<Finding>): ReadonlyArray<Finding> =>
  order.flatMap((severity) => findings.filter((finding) => finding.severity === severity))
