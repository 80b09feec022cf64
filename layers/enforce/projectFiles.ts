/** Files of the project that rules are about. */
import * as Either from "effect/Either"
import * as Fs from "node:fs"
import * as Path from "node:path"
import type { Hit } from "../../src/enforce/findings.js"
import type { PackedRule } from "../../src/enforce/PackedRule.js"
import type { Source } from "../../src/services/RuleEngines.js"
import type { Range } from "./jsonText.js"
import { isWithin, realOf } from "./packFolder.js"

const maxBytes = 64 * 1024 * 1024

/** A hit with the file that it is in. */
export interface Found {
  readonly source: Source
  readonly hit: Hit
}

export interface ProjectFile {
  readonly source: Source
  readonly modifiedMs: number
}

export interface Unread {
  readonly problem: string
  readonly missing: boolean
}

/** Whether a path that a rule names leads upwards, or is no path in a project at all. */
export const leadsOut = (path: string): boolean =>
  Path.isAbsolute(path) || path.split(/[/\\]/).includes("..") || path.includes("\0")

/** A file by its path from the project's root, with `/`. Its text comes without a byte order mark. */
export const readProjectFile = (root: string, path: string): Either.Either<ProjectFile, Unread> => {
  const refuse = (problem: string, missing = false): Either.Either<never, Unread> =>
    Either.left({ problem, missing })
  const real = realOf(Path.join(root, path))
  if (real === undefined) return refuse(`There is no ${path}`, true)
  if (!isWithin(realOf(root) ?? root, real)) return refuse(`${path} is a link that leads out of the project`)
  try {
    const { isFile, mtimeMs, size } = statOf(real)
    if (!isFile) return refuse(`${path} is no file`)
    if (size > maxBytes) return refuse(`${path} is larger than ${maxBytes} bytes`)
    const text = Fs.readFileSync(real, "utf8").replace(/^\uFEFF/, "")
    return Either.right({ source: { path, text }, modifiedMs: mtimeMs })
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown"
    return refuse(`${path} cannot be read (${code})`)
  }
}

const statOf = (
  path: string
): { readonly isFile: boolean; readonly mtimeMs: number; readonly size: number } => {
  const stat = Fs.statSync(path)
  return { isFile: stat.isFile(), mtimeMs: stat.mtimeMs, size: stat.size }
}

const start: Range = { line: 1, column: 1, endLine: 1, endColumn: 1 }

/** What was found, behind the words of the rule itself if it has some. */
export const foundIn = (rule: PackedRule, source: Source, what: string, range: Range = start): Found => {
  const own = rule.rule.message?.replace(/\.$/, "")
  return { source, hit: { rule, ...range, message: own === undefined ? what : `${own}: ${what}` } }
}
