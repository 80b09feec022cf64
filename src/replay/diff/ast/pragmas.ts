/** Comments with a meaning: what compilers, bundlers and linters obey. They are no part of the tree and are compared by themselves. */
import type { Pragma } from "../../../domain/AstDiff.js"
import { at, type Forest } from "../tree/Forest.js"
import { isFree, type Matching } from "../match/Matching.js"
import type { Parsed } from "../tree/Parsed.js"
import { positionsIn } from "../tree/positions.js"

const patterns: ReadonlyArray<RegExp> = [
  /^[\s*/]*(@ts-(?:ignore|expect-error|nocheck|check))\b/,
  /^\/\s*<(reference|amd-module|amd-dependency)\b/,
  /^[\s*]*((?:eslint|oxlint|tslint|stylelint)(?::|-)(?:disable|enable)(?:-next)?(?:-line)?)\b/,
  /^\s*(eslint|eslint-env|globals?|exported)\s+\S/,
  /^[\s*]*((?:biome|deno-lint|deno-fmt|prettier|dprint)-ignore(?:-\w+)*)\b/,
  /^[\s*]*((?:istanbul|c8|v8|node:coverage)\s+(?:ignore|disable|enable))\b/,
  /^\s*([@#]__[A-Z_]+__)/,
  /^[\s*]*(@jsx(?:ImportSource|Runtime|Frag)?|@vite-ignore|@(?:vitest|jest)-environment)\b/,
  /^\s*(webpack[A-Z]\w*)\s*:/,
  /^[#@]\s*(sourceMappingURL|sourceURL)=/
]

interface Found {
  readonly pragma: Pragma
  /** The outermost node behind it, or -1. */
  readonly anchor: number
}

/** The pragmas that only one side has, or that stand before something else than they did. */
export const comparePragmas = (
  forest: Forest,
  matching: Matching,
  original: Parsed,
  modified: Parsed
): { readonly added: ReadonlyArray<Pragma>; readonly removed: ReadonlyArray<Pragma> } => {
  const before = pragmasOf(forest, original, 0, forest.split)
  const after = pragmasOf(forest, modified, forest.split, forest.count)
  const open = [...after]
  const removed: Array<Pragma> = []
  for (const one of before) {
    const same = open.findIndex((other) => isSame(matching, one, other))
    if (same < 0) removed.push(one.pragma)
    else open.splice(same, 1)
  }
  return { added: open.map(({ pragma }) => pragma), removed }
}

const isSame = (matching: Matching, one: Found, other: Found): boolean =>
  one.pragma.text === other.pragma.text &&
  (one.anchor < 0 || other.anchor < 0
    ? one.anchor === other.anchor
    : !isFree(matching, one.anchor) && at(matching.partner, one.anchor) === other.anchor)

const pragmasOf = (
  forest: Forest,
  { comments, text }: Parsed,
  first: number,
  end: number
): ReadonlyArray<Found> => {
  const positionOf = positionsIn(text)
  const found: Array<Found> = []
  let node = first + 1
  const shebang = /^#!.*/.exec(text)?.[0]
  if (shebang !== undefined) {
    found.push({ pragma: { name: "#!", text: shebang.trimEnd(), line: 1, column: 1 }, anchor: -1 })
  }
  for (const comment of comments) {
    const name = nameOf(comment.value)
    if (name === undefined || text.startsWith("#!", comment.start)) continue
    // nodes and comments both come in the order of the text; a node below one that begins there begins no earlier
    while (node < end && at(forest.start, node) < comment.end) node++
    const written = comment.value.replaceAll(/\s+/g, " ").trim()
    found.push({
      pragma: { name, text: written, ...positionOf(comment.start) },
      anchor: node < end ? node : -1
    })
  }
  return found
}

const nameOf = (value: string): string | undefined => {
  for (const pattern of patterns) {
    const name = pattern.exec(value)?.[1]
    if (name !== undefined) return name.replaceAll(/\s+/g, " ")
  }
  return undefined
}
