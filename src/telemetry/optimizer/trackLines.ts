/**
 * The lines of a text over its versions: which of them change, and which of an older version each of them
 * was.
 */
import { diffArrays } from "diff"
import type { Hash } from "../../domain/Hash.js"

export interface Version {
  readonly hash: Hash
  readonly text: string
}

/**
 * Of the newest version: `lines`, and in how many of the `steps` from one version to the next each of them
 * changed. `origin` has for each version which line of the newest each of its lines became, -1 for one that
 * is gone.
 */
export interface TrackedLines {
  readonly lines: ReadonlyArray<string>
  readonly changes: ReadonlyArray<number>
  readonly steps: number
  readonly origin: ReadonlyMap<Hash, ReadonlyArray<number>>
}

/**
 * Lines that may differ between two versions: beyond that they are two texts, and comparing takes the square
 * of it.
 */
const mostEdits = 200

/**
 * Follows the lines from the newest version (the first) to the oldest. A line that was replaced by one in its
 * place is still that line, as a clock is one line at all times.
 */
export const trackLines = (versions: ReadonlyArray<Version>): TrackedLines => {
  const lines = versions[0]?.text.split("\n") ?? []
  const changes = lines.map(() => 0)
  const origin = new Map<Hash, ReadonlyArray<number>>()
  let newer = lines
  let newerOrigin: ReadonlyArray<number> = lines.map((_, i) => i)
  let steps = 0
  for (const { hash, text } of versions) {
    if (origin.has(hash)) continue
    if (origin.size > 0) {
      const older = text.split("\n")
      newerOrigin = stepBack(newer, older, newerOrigin, changes)
      newer = older
      steps++
    }
    origin.set(hash, newerOrigin)
  }
  return { lines, changes, steps, origin }
}

/**
 * Most versions differ from the next in a line or two that were replaced: nothing needs to be aligned then.
 */
const fewReplaced = (newer: ReadonlyArray<string>, older: ReadonlyArray<string>): boolean => {
  if (newer.length !== older.length) return false
  let replaced = 0
  for (let i = 0; i < older.length && replaced <= 2; i++) if (older[i] !== newer[i]) replaced++
  return replaced <= 2
}

const stepBack = (
  newer: ReadonlyArray<string>,
  older: ReadonlyArray<string>,
  origin: ReadonlyArray<number>,
  changes: Array<number>
): ReadonlyArray<number> => {
  if (fewReplaced(newer, older)) {
    older.forEach((line, i) => {
      if (line !== newer[i]) count(origin[i] ?? -1, changes)
    })
    return origin
  }
  const parts = diffArrays([...newer], [...older], { maxEditLength: mostEdits })
  if (parts === undefined) {
    for (const line of origin) count(line, changes)
    return older.map(() => -1)
  }
  const back: Array<number> = []
  /** Lines of the newer version, by their places in it, that nothing has taken the place of yet. */
  let gone: ReadonlyArray<number> = []
  let at = 0
  for (const { added, removed, value } of parts) {
    if (added) {
      const pairs = paired(
        value,
        gone.map((i) => newer[i] ?? "")
      )
      back.push(...pairs.map((pair) => origin[gone[pair] ?? -1] ?? -1))
      gone = []
      continue
    }
    const own = value.map((_, i) => at + i)
    at += value.length
    gone = removed ? own : []
    if (removed) for (const i of own) count(origin[i] ?? -1, changes)
    else back.push(...own.map((i) => origin[i] ?? -1))
  }
  return back
}

const count = (line: number, changes: Array<number>): void => {
  if (line !== -1) changes[line] = (changes[line] ?? 0) + 1
}

/**
 * Which of the lines `gone` each of the lines stands for, in order, -1 for none. As many as there were are
 * the same lines in turn; of more or fewer those pairs are taken that have the most in common.
 */
const paired = (lines: ReadonlyArray<string>, gone: ReadonlyArray<string>): ReadonlyArray<number> => {
  if (lines.length === gone.length) return lines.map((_, i) => i)
  // best[i][j]: the most that the lines from i and those gone from j on can have in common
  const best = Array.from({ length: lines.length + 1 }, () => new Float64Array(gone.length + 1))
  const at = (i: number, j: number): number => best[i]?.[j] ?? 0
  for (let i = lines.length - 1; i >= 0; i--) {
    for (let j = gone.length - 1; j >= 0; j--) {
      const both = at(i + 1, j + 1) + alike(lines[i] ?? "", gone[j] ?? "")
      best[i]?.fill(Math.max(both, at(i + 1, j), at(i, j + 1)), j, j + 1)
    }
  }
  let j = 0
  return lines.map((line, i) => {
    while (j < gone.length && at(i, j) === at(i, j + 1)) j++
    if (j === gone.length || at(i, j) === at(i + 1, j)) return -1
    return alike(line, gone[j] ?? "") > 0 ? j++ : -1
  })
}

/** The share of two lines that they have in common at their start and end. */
const alike = (a: string, b: string): number => {
  const most = Math.min(a.length, b.length)
  let start = 0
  while (start < most && a[start] === b[start]) start++
  let end = 0
  while (end < most - start && a.at(-1 - end) === b.at(-1 - end)) end++
  return (start + end) / Math.max(1, a.length, b.length)
}
