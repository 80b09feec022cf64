/** The least coverage by a summary of Istanbul. What says nothing of the tests fails, as too little does. */
import * as Either from "effect/Either"
import * as Fs from "node:fs"
import * as Path from "node:path"
import type { PackedRule } from "../../src/enforce/PackedRule.js"
import type { CoverageRule } from "../../src/enforce/Rulepack.js"
import { parseJson, valueAt } from "./jsonText.js"
import { type Found, foundIn, readProjectFile } from "./projectFiles.js"

export const metrics = ["lines", "statements", "functions", "branches"] as const

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

/** Whether `covered` of `total` is at least `limit` percent (to six places), without rounding on the way. */
export const isEnough = (covered: number, total: number, limit: number): boolean => {
  const millionths = BigInt(limit.toFixed(6).replace(".", ""))
  return BigInt(covered) * 100_000_000n >= millionths * BigInt(total)
}

/** Rounded down: what is below a limit is not shown as the limit. */
const percent = (covered: number, total: number): string => {
  const hundredths = (BigInt(covered) * 10_000n) / BigInt(total)
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, "0")} %`
}

/** What is wrong with one metric of the total, if anything is. */
const problemOf = (name: string, counts: unknown, limit: number): string | undefined => {
  const [covered, pct, total] = ["covered", "pct", "total"].map((key) => valueAt(counts, [key])?.value)
  if (pct === "Unknown") return `The coverage of ${name} is "Unknown": the summary is empty`
  if (!isCount(covered) || !isCount(total) || covered > total) {
    return `The summary has no counts of ${name}: "covered" and "total"`
  }
  if (total === 0) return `There are no ${name} in the summary: nothing was measured`
  return isEnough(covered, total, limit)
    ? undefined
    : `${percent(covered, total)} of ${name} are covered (${covered} of ${total}), ${limit} % are asked for`
}

/** When a file was changed last; undefined where there is none, or none to be seen. */
const changedOf = (file: string): number | undefined => {
  try {
    return Fs.statSync(file).mtimeMs
  } catch {
    return undefined
  }
}

/** Why a summary is not one of the sources as they are now. */
const staleOf = (root: string, value: unknown, modifiedMs: number): string | undefined => {
  const listed = typeof value === "object" && value !== null ? Object.keys(value) : []
  const nameOf = (file: string): string => {
    const path = Path.relative(root, Path.resolve(root, file))
    return path.startsWith("..") || Path.isAbsolute(path)
      ? "a file outside of the project"
      : path.split(Path.sep).join("/")
  }
  for (const file of listed.filter((each) => each !== "total").sort()) {
    const changedMs = changedOf(Path.resolve(root, file))
    if (changedMs === undefined) return `The summary lists ${nameOf(file)}, which is not there`
    if (changedMs > modifiedMs) return `The summary is older than ${nameOf(file)}`
  }
  return undefined
}

export const judgeCoverage = (root: string, rule: PackedRule, file: CoverageRule): ReadonlyArray<Found> => {
  const { summary } = file
  const read = readProjectFile(root, summary)
  if (Either.isLeft(read)) {
    return [foundIn(rule, { path: summary, text: "" }, `${read.left.problem}: run the tests with coverage`)]
  }
  const { modifiedMs, source } = read.right
  const json = parseJson(source.text)
  if (Either.isLeft(json)) return [foundIn(rule, source, `${summary} is no JSON`, json.left)]
  const { rangeOf, value } = json.right
  const stale = staleOf(root, value, modifiedMs)
  const found = stale === undefined ? [] : [foundIn(rule, source, stale)]
  for (const name of metrics) {
    const limit = file[name]
    if (limit === undefined) continue
    const problem = problemOf(name, valueAt(value, ["total", name])?.value, limit)
    if (problem !== undefined) found.push(foundIn(rule, source, problem, rangeOf(["total", name])))
  }
  return found
}
