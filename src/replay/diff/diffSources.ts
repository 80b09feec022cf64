/** The difference of two parsed sources. */
import type { ASTDiff, EditOperation } from "../../domain/AstDiff.js"
import { comparePragmas } from "./ast/pragmas.js"
import { projected } from "./ast/projection.js"
import { renamesOf } from "./ast/renames.js"
import { showing } from "./ast/shown.js"
import { link, type Matching, newMatching } from "./match/Matching.js"
import { match } from "./match/match.js"
import { verifyScript } from "./script/applyScript.js"
import { editScript } from "./script/editScript.js"
import type { Forest } from "./tree/Forest.js"
import { forestOf } from "./tree/forestOf.js"
import { identify } from "./tree/identify.js"
import type { Parsed } from "./tree/Parsed.js"

/** Which nodes belong together, and a script that was applied and gave the other tree. */
export interface Proven {
  readonly matching: Matching
  readonly script: ReadonlyArray<EditOperation>
}

/**
 * A script that makes the second tree of the first. If what was found does not, everything below the roots is replaced: the answer is
 * always right, and at worst long.
 */
export const provenScript = (forest: Forest, found: Matching): Proven => {
  const script = editScript(forest, found)
  if (verifyScript(forest, script).ok) return { matching: found, script }
  const matching = newMatching(forest)
  link(matching, 0, forest.split)
  return { matching, script: editScript(forest, matching) }
}

/** What differs between two programs; layout and comments are no part of them. */
export const diffSources = (original: Parsed, modified: Parsed): ASTDiff => {
  const forest = forestOf(original, modified)
  const { matching, script } = provenScript(forest, match(forest, identify(forest)))
  const pragmas = comparePragmas(forest, matching, original, modified)
  const nodes = { original: forest.split, modified: forest.count - forest.split }
  if (script.length === 0) {
    const identical = pragmas.added.length + pragmas.removed.length === 0
    return { identical, added: [], removed: [], modified: [], script, renames: [], pragmas, nodes }
  }
  const shown = showing(forest, original, modified)
  return {
    identical: false,
    ...projected(forest, matching, script, shown),
    script,
    renames: renamesOf(forest, matching, shown),
    pragmas,
    nodes
  }
}
