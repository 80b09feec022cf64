/** Findings in their one order, each once, with a fingerprint that outlives changes elsewhere in the file. */
import { hash } from "node:crypto"
import type { Finding, Fix, Severity } from "../domain/Compliance.js"
import { Hash } from "../domain/Hash.js"
import { nameOf, type PackedRule } from "./PackedRule.js"

/** What a rule found in a text. */
export interface Hit {
  readonly rule: PackedRule
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  /** Default: the message of the rule. */
  readonly message?: string | undefined
  readonly suggestion?: string | undefined
  readonly fix?: Fix | undefined
  /** Default: the severity of the rule. */
  readonly severity?: Severity | undefined
}

const ranks: Readonly<Record<Severity, number>> = { error: 2, warning: 1, info: 0 }

/** Whether a severity is at or above a level. */
export const isAtLeast = (severity: Severity, level: Severity): boolean => ranks[severity] >= ranks[level]

/** Hits in one file as findings: in order, and where two engines found the same, once. */
export const toFindings = (path: string, text: string, hits: ReadonlyArray<Hit>): ReadonlyArray<Finding> => {
  const lines = text.split(/\r\n|[\n\r\u2028\u2029]/)
  /** How often a rule met the same line before. */
  const seen = new Map<string, number>()
  const known = new Set<string>()
  const findings: Array<Finding> = []
  for (const hit of [...hits].sort(inOrder)) {
    const { column, endColumn, endLine, fix, line, rule: packed } = hit
    const { pack, rule } = packed
    const name = nameOf(packed)
    const message = hit.message ?? rule.message ?? rule.description ?? rule.id
    const suggestion = hit.suggestion ?? rule.suggestion
    const same = [name, line, column, message].join("\n")
    if (known.has(same)) continue
    known.add(same)
    const what = [name, path, (lines[line - 1] ?? "").trim()].join("\n")
    const times = seen.get(what) ?? 0
    seen.set(what, times + 1)
    findings.push({
      rule: name,
      version: pack.version,
      severity: hit.severity ?? rule.severity,
      message,
      ...(suggestion === undefined ? {} : { suggestion }),
      ...(rule.helpUrl === undefined ? {} : { helpUrl: rule.helpUrl }),
      path,
      line,
      column,
      endLine,
      endColumn,
      ...(fix === undefined ? {} : { fix }),
      fingerprint: Hash.make(hash("sha256", `${what}\n${times}`, "hex"))
    })
  }
  return findings
}

/** Findings of several engines in one file, in the order of those of each. */
export const inOneOrder = (lists: ReadonlyArray<ReadonlyArray<Finding>>): ReadonlyArray<Finding> => {
  const [only = [], ...others] = lists.filter((list) => list.length > 0)
  if (others.length === 0) return only
  return lists
    .flat()
    .sort((one, other) => one.line - other.line || one.column - other.column || compare(one.rule, other.rule))
}

const inOrder = (one: Hit, other: Hit): number =>
  one.line - other.line || one.column - other.column || compare(nameOf(one.rule), nameOf(other.rule))

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
