/** The lines of a text over its versions: which of them change, and which of an older version each of them was. */
import { diffArrays } from "diff"
import type { Hash } from "../../domain/Hash.js"

export interface Version {
  readonly hash: Hash
  readonly text: string
}

/**
 * Of the newest version: `lines`, and in how many of the `steps` from one version to the next each of them changed.
 * `origin` has for each version which line of the newest each of its lines became, -1 for one that is gone.
 */
export interface TrackedLines {
  readonly lines: ReadonlyArray<string>
  readonly changes: ReadonlyArray<number>
  readonly steps: number
  readonly origin: ReadonlyMap<Hash, ReadonlyArray<number>>
}

/** Lines that may differ between two versions: beyond that they are two texts, and comparing takes the square of it. */
const mostEdits = 200

/**
 * Follows the lines from the newest version (the first) to the oldest. A line that was replaced by one in its place is
 * still that line, as a clock is one line at all times.
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

const stepBack = (
  newer: ReadonlyArray<string>,
  older: ReadonlyArray<string>,
  origin: ReadonlyArray<number>,
  changes: Array<number>
): ReadonlyArray<number> => {
  const parts = diffArrays([...newer], [...older], { maxEditLength: mostEdits })
  const back: Array<number> = []
  /** Lines of the newer version whose place nothing has taken yet. */
  let open: Array<number> = []
  let at = 0
  const close = (): void => {
    for (const line of open) if (line !== -1) changes[line] = (changes[line] ?? 0) + 1
    open = []
  }
  if (parts === undefined) {
    open.push(...origin)
    close()
    return older.map(() => -1)
  }
  for (const { added, removed, value } of parts) {
    const own = added ? [] : value.map((_, i) => origin[at + i] ?? -1)
    if (!added) at += value.length
    if (removed) {
      open.push(...own)
    } else if (added) {
      back.push(...value.map((_, i) => open[i] ?? -1))
      close()
    } else {
      close()
      back.push(...own)
    }
  }
  close()
  return back
}
