/**
 * The rules of ESLint that oxlint may stand in for: by a differential test over real code it finds what ESLint finds, with
 * ESLint's default options. Where what it prints is less than what ESLint answers (a fix, a message with a name in it), it is
 * believed only where it finds nothing; ESLint then judges the rest.
 */
import type { Hit } from "../../../src/enforce/findings.js"
import type { PackedRule } from "../../../src/enforce/PackedRule.js"
import type { Diagnostic } from "./Oxlint.js"

interface EqualRule {
  /** The rule as oxlint prints it. */
  readonly code: string
  /** What ESLint says of each place, where that is always the same and no fix comes with it. */
  readonly finding?: { readonly message: string; readonly text: string; readonly helpUrl: string }
}

/** By ESLint's names. */
const equal: ReadonlyMap<string, EqualRule> = new Map([
  [
    "@typescript-eslint/no-explicit-any",
    {
      code: "typescript(no-explicit-any)",
      finding: {
        message: "Unexpected any. Specify a different type.",
        text: "any",
        helpUrl: "https://typescript-eslint.io/rules/no-explicit-any"
      }
    }
  ],
  ["prefer-const", { code: "eslint(prefer-const)" }],
  ["no-var", { code: "eslint(no-var)" }]
])

/** What oxlint is told to judge by, always: which of the rules are due differs from text to text. */
export const ruleSettings = {
  plugins: ["typescript"],
  categories: { correctness: "off" },
  rules: { "typescript/no-explicit-any": "error", "prefer-const": "error", "no-var": "error" }
} as const

const equalTo = ({ rule }: PackedRule): EqualRule | undefined =>
  rule.kind === "eslint" && !rule.typed && rule.options.length === 0 ? equal.get(rule.rule) : undefined

/** Such a rule can always be used: it is known, and has no options that could be wrong. */
export const isEqual = (rule: PackedRule): boolean => equalTo(rule) !== undefined

/** With the address of its documentation, where the pack gives none, as a finding of ESLint has it. */
const withHelp = (packed: PackedRule, helpUrl: string): PackedRule =>
  packed.rule.helpUrl === undefined ? { ...packed, rule: { ...packed.rule, helpUrl } } : packed

const lineBreak = /\r\n|[\n\r\u2028\u2029]/g

/**
 * What oxlint found as ESLint says it; undefined where ESLint must be asked, and `nonsense` where nothing of the kind stands in
 * the text. A byte order mark is no part of the text.
 */
export const toHits = (
  text: string,
  diagnostics: ReadonlyArray<Diagnostic>,
  rules: ReadonlyArray<PackedRule>
): ReadonlyArray<Hit> | undefined | "nonsense" => {
  const hits: Array<Hit> = []
  const places = placesIn(text)
  for (const { code, length, offset } of [...diagnostics].sort((one, other) => one.offset - other.offset)) {
    const meant = [...equal.values()].find((rule) => rule.code === code)
    const due = rules.filter((rule) => equalTo(rule) === meant)
    if (meant !== undefined && due.length === 0) continue
    if (meant?.finding === undefined) return undefined
    const { finding } = meant
    const { column, line, start } = places(offset)
    if (length !== finding.text.length || !text.startsWith(finding.text, start)) return "nonsense"
    for (const packed of due) {
      hits.push({
        rule: withHelp(packed, finding.helpUrl),
        line,
        column,
        endLine: line,
        endColumn: column + finding.text.length,
        message: packed.rule.message ?? finding.message
      })
    }
  }
  return hits
}

/** Places by their offsets in bytes, which must not go down from one call to the next. */
const placesIn = (
  text: string
): ((offset: number) => { readonly start: number; readonly line: number; readonly column: number }) => {
  const bytes = Buffer.from(text, "utf8")
  let read = 0
  let start = 0
  let line = 1
  let lineStart = 0
  return (offset) => {
    const end = start + bytes.toString("utf8", read, offset).length
    lineBreak.lastIndex = lineStart
    for (
      let found = lineBreak.exec(text);
      found !== null && found.index < end;
      found = lineBreak.exec(text)
    ) {
      line += 1
      lineStart = found.index + found[0].length
    }
    read = offset
    start = end
    return { start, line, column: start - lineStart + 1 }
  }
}
