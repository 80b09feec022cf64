/** Judges the files of a run in their order, mends what can be mended, and stops where it was told to. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Stream from "effect/Stream"
import * as Option from "effect/Option"
import type { Finding, Severity } from "../domain/Compliance.js"
import type { FileRefused } from "../domain/FileRefused.js"
import { isAtLeast } from "../enforce/findings.js"
import { applyFixes } from "../enforce/fixes.js"
import { nameOf } from "../enforce/PackedRule.js"
import { Enforcer, type FileVerdict, type JudgeError, type Prepared } from "../services/Enforcer.js"
import { ProjectFiles } from "../services/ProjectFiles.js"

export interface Judged {
  readonly path: string
  /** The text, where something was found in it. */
  readonly text: string
  /** All that was found, and what of it counts. */
  readonly findings: ReadonlyArray<Finding>
  readonly counted: ReadonlyArray<Finding>
}

export interface JudgeOptions {
  readonly failFast: boolean
  readonly failLevel: Severity
  readonly fix: boolean
  /** What of these findings counts. */
  readonly counts: (findings: ReadonlyArray<Finding>) => ReadonlyArray<Finding>
}

/** A fix may make room for another; this many times it is looked again. */
const rounds = 10

export const judgeFiles = Effect.fnUntraced(function* (
  paths: ReadonlyArray<string>,
  prepared: Prepared,
  { counts, failFast, failLevel, fix }: JudgeOptions
) {
  const enforcer = yield* Enforcer
  const files = yield* ProjectFiles
  const judged = ({ findings, source }: FileVerdict): Judged => ({
    path: source.path,
    text: findings.length === 0 ? "" : source.text,
    findings,
    counted: counts(findings)
  })
  const fails = ({ counted }: Judged): boolean =>
    counted.some(({ severity }) => isAtLeast(severity, failLevel))

  const secrets = new Set(prepared.rules.filter(({ rule }) => rule.kind === "secret").map(nameOf))
  const mendable = (verdict: FileVerdict): FileVerdict => ({
    ...verdict,
    findings: verdict.findings.map((finding) =>
      finding.fix !== undefined && secrets.has(finding.rule) ? withoutFix(finding) : finding
    )
  })

  const sources = Stream.fromIterable(paths).pipe(
    Stream.mapEffect(files.read, { concurrency: 4 }),
    Stream.filterMap(identity)
  )
  const verdicts = Chunk.toReadonlyArray(
    yield* enforcer.enforceFiles(sources, prepared).pipe(
      Stream.map(mendable),
      Stream.mapEffect((verdict) =>
        fix ? mend(files, prepared, verdict, mendable) : Effect.succeed(verdict)
      ),
      Stream.map(judged),
      Stream.takeUntil((one) => failFast && fails(one)),
      Stream.runCollect
    )
  )
  const truncated = failFast && verdicts.some(fails)
  const project = truncated ? [] : (yield* prepared.project(files.root)).map(judged)
  return { truncated, files: merge([...verdicts, ...project]) }
})

/** A mark in the place of a secret is for prompts: in a file it would hide that the secret must be revoked. */
const withoutFix = ({ fix: _, ...finding }: Finding): Finding => finding

/** One entry for each file, in the order of their paths. */
const merge = (all: ReadonlyArray<Judged>): ReadonlyArray<Judged> => {
  const byPath = new Map<string, Judged>()
  for (const one of all) {
    const known = byPath.get(one.path)
    byPath.set(
      one.path,
      known === undefined
        ? one
        : {
            path: one.path,
            text: known.text === "" ? one.text : known.text,
            findings: [...known.findings, ...one.findings],
            counted: [...known.counted, ...one.counted]
          }
    )
  }
  return [...byPath.values()].sort((one, other) => (one.path < other.path ? -1 : 1))
}

/** Applies fixes until there are none, and writes the file if it is still what was judged. */
const mend = (
  files: ProjectFiles["Type"],
  prepared: Prepared,
  first: FileVerdict,
  mendable: (verdict: FileVerdict) => FileVerdict
): Effect.Effect<FileVerdict, JudgeError | FileRefused> =>
  Effect.gen(function* () {
    if (!first.findings.some(({ fix }) => fix !== undefined)) return first
    const { path } = first.source
    const there = yield* files.read(path)
    if (Option.isNone(there) || !there.value.exact || there.value.text !== first.source.text) return first
    let verdict = first
    for (let round = 0; round < rounds; round += 1) {
      const fixes = verdict.findings.flatMap(({ fix }) => fix ?? [])
      const { text } = applyFixes(verdict.source.text, fixes)
      if (text === verdict.source.text) break
      const source = { path, text }
      verdict = mendable({ source, findings: yield* prepared.judge(source) })
    }
    if (verdict.source.text !== first.source.text) yield* files.rewrite(path, verdict.source.text)
    return verdict
  })
