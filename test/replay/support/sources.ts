/** Sources, their trees, and what makes one of the other. */
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { match, type MatchOptions } from "../../../src/replay/diff/match/match.js"
import { verifyScript } from "../../../src/replay/diff/script/applyScript.js"
import { editScript } from "../../../src/replay/diff/script/editScript.js"
import type { Forest } from "../../../src/replay/diff/tree/Forest.js"
import { forestOf } from "../../../src/replay/diff/tree/forestOf.js"
import { identify } from "../../../src/replay/diff/tree/identify.js"
import { SyntaxTrees } from "../../../src/services/SyntaxTrees.js"

export const forest = (original: string, modified: string, path = "a.ts") =>
  Effect.gen(function* () {
    const { parse } = yield* SyntaxTrees
    return forestOf(
      yield* parse({ text: original, path, side: "original" }),
      yield* parse({ text: modified, path, side: "modified" })
    )
  })

/** The script between two trees, once it was applied and gave the other tree. */
export const provenScript = (trees: Forest, options?: MatchOptions) => {
  const script = editScript(trees, match(trees, identify(trees), options))
  const applied = verifyScript(trees, script)
  if (!applied.ok) throw new Error(applied.problem)
  return script
}

export const script = (original: string, modified: string, path?: string) =>
  Effect.map(forest(original, modified, path), (trees) => provenScript(trees))

/** The steps, briefly: how many there are of each kind. */
export const kinds = (original: string, modified: string, path?: string) =>
  Effect.map(script(original, modified, path), (steps) => {
    const counts: Record<string, number> = {}
    for (const { op } of steps) counts[op] = (counts[op] ?? 0) + 1
    return counts
  })

const effectSource = fileURLToPath(new URL("../../../node_modules/effect/src", import.meta.url))

/** Real files: the sources of Effect, by name. */
export const effectFiles: ReadonlyArray<string> = ["", "internal"].flatMap((folder) =>
  Fs.readdirSync(Path.join(effectSource, folder))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => Path.join(folder, name))
    .sort()
)

export const effectFile = (name: string): string => Fs.readFileSync(Path.join(effectSource, name), "utf8")
