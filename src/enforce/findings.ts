/** Findings in their one order, each once, with a fingerprint that outlives changes elsewhere in the file. */
import { createHash, hash, type Hash as Digest } from "node:crypto"
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

/** A longer line is told apart by its digest, in UTF-16 code units. */
const shortLine = 256

/**
 * Hits in one file as findings: in order, and where a rule found the same twice, by whichever engines, once. Two rules that
 * find the same are two findings, each to be mended, explained, or left out by itself. The time that it takes grows with the
 * length of the text and the number of hits, not with both together.
 */
export const toFindings = (path: string, text: string, hits: ReadonlyArray<Hit>): ReadonlyArray<Finding> => {
  const lines = text.split(/\r\n|[\n\r\u2028\u2029]/)
  /** By their numbers: lines as they are fingerprinted, and what tells them apart. */
  const trimmed = new Map<number, { readonly text: string; readonly id: string }>()
  const lineAt = (line: number): { readonly text: string; readonly id: string } => {
    const known = trimmed.get(line)
    if (known !== undefined) return known
    const text = (lines[line - 1] ?? "").trim()
    const made = { text, id: text.length > shortLine ? `\n${hash("sha256", text, "hex")}` : text }
    trimmed.set(line, made)
    return made
  }
  /** By rule and line: how often the rule met the line before, and its digest where that is long in the making. */
  const seen = new Map<string, { times: number; readonly begun?: Digest }>()
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
    const what = lineAt(line)
    const key = `${name}\n${what.id}`
    const named = (): string => [name, path, what.text].join("\n")
    const met = seen.get(key) ?? {
      times: 0,
      ...(what.text.length > shortLine ? { begun: createHash("sha256").update(named()) } : {})
    }
    seen.set(key, met)
    const fingerprint =
      met.begun?.copy().update(`\n${met.times}`).digest("hex") ??
      hash("sha256", `${named()}\n${met.times}`, "hex")
    met.times += 1
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
      fingerprint: Hash.make(fingerprint)
    })
  }
  return findings
}

/** Findings of several engines in one file: in order, and what two of them said of one rule and place, once. */
export const inOneOrder = (lists: ReadonlyArray<ReadonlyArray<Finding>>): ReadonlyArray<Finding> => {
  const [only = [], ...others] = lists.filter((list) => list.length > 0)
  if (others.length === 0) return only
  const known = new Set<string>()
  return lists
    .flat()
    .sort((one, other) => one.line - other.line || one.column - other.column || compare(one.rule, other.rule))
    .filter(({ column, line, message, rule }) => {
      const same = [rule, line, column, message].join("\n")
      return !known.has(same) && known.add(same)
    })
}

const inOrder = (one: Hit, other: Hit): number =>
  one.line - other.line ||
  one.column - other.column ||
  compare(nameOf(one.rule), nameOf(other.rule)) ||
  one.endLine - other.endLine ||
  one.endColumn - other.endColumn ||
  compare(one.message ?? "", other.message ?? "")

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
