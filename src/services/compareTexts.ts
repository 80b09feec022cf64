/** Compares two texts as what they are. */
import * as Effect from "effect/Effect"
import type { ASTDiff } from "../domain/AstDiff.js"
import { SourceInvalid } from "../domain/DiffErrors.js"
import type { DiffKind, FileDiff } from "../domain/FileDiff.js"
import { diffSources } from "../replay/diff/diffSources.js"
import { difference } from "../replay/diff/json/difference.js"
import { faultIn } from "../replay/diff/json/fault.js"
import { positionsIn } from "../replay/diff/tree/positions.js"
import { SyntaxTrees } from "./SyntaxTrees.js"

export interface NamedText {
  readonly path: string
  readonly text: string
}

/** As what two files are compared if nobody says: by their endings, and as texts where these are of two kinds. */
export const kindOf = (original: string, modified: string): DiffKind => {
  const is = (ending: RegExp): boolean => ending.test(original) && ending.test(modified)
  return is(/\.[cm]?[jt]sx?$/) ? "typescript" : is(/\.json$/) ? "json" : "text"
}

/**
 * The difference of two programs: what was added, removed and modified, and the script that makes one of the other. Fails when one of them
 * is no program.
 */
export const computeASTDiff = (
  original: string,
  modified: string,
  paths: { readonly original?: string | undefined; readonly modified?: string | undefined } = {}
): Effect.Effect<ASTDiff, SourceInvalid, SyntaxTrees> =>
  Effect.gen(function* () {
    const { parse } = yield* SyntaxTrees
    return diffSources(
      yield* parse({ text: original, path: paths.original, side: "original" }),
      yield* parse({ text: modified, path: paths.modified, side: "modified" })
    )
  })

export const compareTexts = Effect.fn("compareTexts")(function* (
  original: NamedText,
  modified: NamedText,
  kind: DiffKind = kindOf(original.path, modified.path)
) {
  const sides = { original: original.path, modified: modified.path }
  return yield* comparers[kind](original, modified, sides)
})

type Sides = { readonly original: string; readonly modified: string }
type Comparer = (
  original: NamedText,
  modified: NamedText,
  sides: Sides
) => Effect.Effect<FileDiff, SourceInvalid, SyntaxTrees>

const comparers: Readonly<Record<DiffKind, Comparer>> = {
  typescript: (original, modified, sides) =>
    Effect.map(computeASTDiff(original.text, modified.text, sides), (ast) => ({
      kind: "typescript",
      ...sides,
      identical: ast.identical,
      ast
    })),
  json: (original, modified, sides) =>
    Effect.gen(function* () {
      const changes = difference(yield* json(original, "original"), yield* json(modified, "modified"))
      return { kind: "json", ...sides, identical: changes.length === 0, changes }
    }),
  text: (original, modified, sides) =>
    // its library is loaded by whoever compares texts, and by nobody else
    Effect.map(
      Effect.promise(() => import("../replay/diff/text/lines.js")),
      ({ lineHunks }) => {
        const hunks = lineHunks(original.text, modified.text)
        return { kind: "text", ...sides, identical: hunks.length === 0, hunks }
      }
    )
}

const json = (
  { path, text }: NamedText,
  side: "original" | "modified"
): Effect.Effect<unknown, SourceInvalid> =>
  Effect.suspend(() => {
    const plain = text.replace(/^\uFEFF/, "")
    return Effect.try({
      try: () => JSON.parse(plain) as unknown,
      // its message would quote the text
      catch: () =>
        new SourceInvalid({ side, path, ...positionsIn(plain)(faultIn(plain)), problem: "This is no JSON" })
    })
  })
