/**
 * What was known before the gate was put up: findings in the baseline are left out of the report. What is gone leaves the baseline
 * when it is written again; nothing ever comes into one that is there.
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Finding } from "../domain/Compliance.js"
import { RulepackInvalid } from "../domain/ComplianceErrors.js"
import { Hash } from "../domain/Hash.js"

const Known = Schema.Struct({
  path: Schema.String,
  rule: Schema.String,
  fingerprint: Hash,
  count: Schema.Int.pipe(Schema.positive())
})
type Known = typeof Known.Type

export const Baseline = Schema.Struct({
  schemaVersion: Schema.Literal(1),
  findings: Schema.Array(Known)
}).annotations({ identifier: "Baseline" })
export interface Baseline extends Schema.Schema.Type<typeof Baseline> {}

const decode = Schema.decodeUnknownEither(Schema.parseJson(Baseline), { onExcessProperty: "error" })

export const readBaseline = (text: string, file: string): Either.Either<Baseline, RulepackInvalid> =>
  Either.mapLeft(
    decode(text),
    () =>
      new RulepackInvalid({
        file,
        line: 1,
        column: 1,
        problem: "The file is no baseline",
        fix: "Remove it, and write it anew with --update-baseline."
      })
  )

/** One finding a line, in one order: it is read in reviews and merged by git. */
export const writeBaseline = ({ findings }: Baseline): string => {
  const lines = findings.map(
    ({ count, fingerprint, path, rule }) => `    ${JSON.stringify({ path, rule, fingerprint, count })}`
  )
  const list = lines.length === 0 ? "[]" : `[\n${lines.join(",\n")}\n  ]`
  return `{\n  "schemaVersion": 1,\n  "findings": ${list}\n}\n`
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

const inOrder = (one: Known, other: Known): number =>
  compare(one.path, other.path) ||
  compare(one.rule, other.rule) ||
  compare(one.fingerprint, other.fingerprint)

const countsOf = (
  all: ReadonlyArray<{ readonly fingerprint: Hash; readonly count?: number }>
): Map<Hash, number> => {
  const counts = new Map<Hash, number>()
  for (const { count = 1, fingerprint } of all)
    counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + count)
  return counts
}

/** A baseline of all these. */
export const baselineOf = (findings: ReadonlyArray<Finding>): Baseline => {
  const known = new Map<Hash, Known>()
  for (const { fingerprint, path, rule } of findings) {
    known.set(fingerprint, { path, rule, fingerprint, count: (known.get(fingerprint)?.count ?? 0) + 1 })
  }
  return { schemaVersion: 1, findings: [...known.values()].sort(inOrder) }
}

/** Takes findings as they come, and gives those that the baseline does not know. Each entry is used up by its count. */
export const unknownTo = (
  baseline: Baseline
): ((findings: ReadonlyArray<Finding>) => ReadonlyArray<Finding>) => {
  const left = countsOf(baseline.findings)
  return (findings) =>
    findings.filter(({ fingerprint }) => {
      const count = left.get(fingerprint) ?? 0
      if (count > 0) left.set(fingerprint, count - 1)
      return count === 0
    })
}

/** The baseline without what is gone. What was not `judged`, by its file and its rule, stays as it is. */
export const shrink = (
  baseline: Baseline,
  findings: ReadonlyArray<Finding>,
  judged: (known: { readonly path: string; readonly rule: string }) => boolean
): Baseline => {
  const found = countsOf(findings)
  const kept = baseline.findings.flatMap((known) => {
    if (!judged(known)) return [known]
    const count = Math.min(known.count, found.get(known.fingerprint) ?? 0)
    found.set(known.fingerprint, (found.get(known.fingerprint) ?? 0) - count)
    return count > 0 ? [{ ...known, count }] : []
  })
  return { schemaVersion: 1, findings: [...kept].sort(inOrder) }
}
