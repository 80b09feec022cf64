/** Judges the files of a run in their order, mends what can be mended, and stops where it was told to. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Stream from "effect/Stream"
import * as Option from "effect/Option"
import type { Finding, Severity } from "../domain/Compliance.js"
import type { FileRefused } from "../domain/FileRefused.js"
import { isAtLeast } from "../enforce/findings.js"
import { applyFixes } from "../enforce/fixes.js"
import { nameOf } from "../enforce/PackedRule.js"
import { Enforcer, type FileVerdict, type JudgeError, type Prepared } from "../services/Enforcer.js"
import { ProjectFiles, type ProjectText } from "../services/ProjectFiles.js"

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

/** Files that are read before the first of them is judged. */
const together = 64
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
    Stream.grouped(together),
    Stream.flatMap((group) => Stream.unwrap(readAll(files, group)))
  )
  const verdicts = Chunk.toReadonlyArray(
    yield* enforcer.enforceFiles(sources, prepared).pipe(
      Stream.map(mendable),
      fix ? Stream.mapEffect((verdict) => mend(files, prepared, verdict, mendable)) : identity,
      Stream.map(judged),
      Stream.takeUntil((one) => failFast && fails(one)),
      Stream.runCollect
    )
  )
  const truncated = failFast && verdicts.some(fails)
  const project = truncated ? [] : (yield* prepared.project(files.root)).map(judged)
  return { truncated, files: merge([...verdicts, ...project]) }
})

/** Files that are there, up to the first that cannot be read: those before it are judged first. */
const readAll = Effect.fnUntraced(function* (files: ProjectFiles["Type"], paths: Iterable<string>) {
  const found: Array<ProjectText> = []
  for (const path of paths) {
    const read = yield* Effect.either(files.read(path))
    if (Either.isLeft(read)) return Stream.concat(Stream.fromIterable(found), Stream.fail(read.left))
    if (Option.isSome(read.right)) found.push(read.right.value)
  }
  return Stream.fromIterable(found)
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
