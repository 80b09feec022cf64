/** Names that were changed wherever they stand: one rename instead of many updates. */
import type { Rename } from "../../../domain/AstDiff.js"
import { at, type Forest, propOf } from "../tree/Forest.js"
import { isFree, type Matching } from "../match/Matching.js"
import { type Scopes, scopesOf } from "./scopes.js"
import type { Shown } from "./shown.js"

/** A rename only if whatever is left of the one name has become the other, and nothing else has. */
export const renamesOf = (forest: Forest, matching: Matching, shown: Shown): ReadonlyArray<Rename> => {
  if (!hasRenamed(forest, matching)) return []
  const before = scopesOf(forest, 0)
  const after = scopesOf(forest, forest.split)
  return before.declared.flatMap((declaration, binding): ReadonlyArray<Rename> => {
    const other = at(after.binding, at(matching.partner, declaration))
    if (isFree(matching, declaration) || other < 0) return []
    const original = nameOf(forest, declaration)
    const modified = nameOf(forest, at(matching.partner, declaration))
    if (original === modified) return []
    if (!isAll(matching, before, binding, after, other) || !isAll(matching, after, other, before, binding))
      return []
    const nodes = (before.identifiers[binding] ?? []).filter((node) => !isFree(matching, node))
    const { column, line, within } = shown(declaration)
    return [{ original, modified, within, line, column, nodes }]
  })
}

/** Whether all identifiers of a binding that have partners have them in the other binding. */
const isAll = (matching: Matching, from: Scopes, binding: number, to: Scopes, other: number): boolean =>
  (from.identifiers[binding] ?? []).every(
    (node) => isFree(matching, node) || at(to.binding, at(matching.partner, node)) === other
  )

const nameOf = (forest: Forest, node: number): string => String(propOf(forest, node, "name") ?? "")

/** Whether any name changed: most differences rename nothing, and scopes take time. */
const hasRenamed = (forest: Forest, { partner }: Matching): boolean => {
  for (let node = 0; node < forest.split; node++) {
    const other = at(partner, node)
    if (other < 0 || at(forest.label, node) === at(forest.label, other)) continue
    if (propOf(forest, node, "name") !== propOf(forest, other, "name")) return true
  }
  return false
}
