/** Compares values by their places, and the texts in them as what they are. */
import * as Effect from "effect/Effect"
import type { DiffKind, FileDiff } from "../../domain/FileDiff.js"
import type { ValueChange } from "../../domain/RunDiff.js"
import { type Change, difference } from "../../replay/diff/json/difference.js"
import { compareTexts, kindOf } from "../compareTexts.js"
import type { SyntaxTrees } from "../SyntaxTrees.js"
import { fileAt } from "./textAt.js"

/** From this length on, in UTF-16 code units, words of one line are compared as a text. */
const long = 60

export interface Compared {
  readonly before: unknown
  readonly after: unknown
  /** What the texts would be called that are all of the values, if they are files. */
  readonly names?: readonly [before: string | undefined, after: string | undefined] | undefined
}

/** Compares values one after the other. A pair of texts that was a program in one of them is that in those behind it. */
export interface Comparer {
  readonly values: (both: Compared) => Effect.Effect<ReadonlyArray<ValueChange>, never, SyntaxTrees>
}

interface TextChange {
  readonly as: FileDiff
  readonly invalid?: string
}

/** Whether both sides say the same there, in other words. */
export const isEquivalent = ({ as }: ValueChange): boolean => as?.identical === true

/** `as` takes the place of what names and contents say. */
export const makeComparer = (as?: DiffKind): Comparer => {
  const seen = new Map<string, Map<string, TextChange>>()

  const texts = Effect.fnUntraced(function* (
    before: string,
    after: string,
    files: readonly [original: string | undefined, modified: string | undefined]
  ): Effect.fn.Return<TextChange | undefined, never, SyntaxTrees> {
    const former = seen.get(before)?.get(after)
    if (former !== undefined) return former
    const [original, modified] = files
    const isLong = [before, after].some(
      (text) => text.includes("\n") || (text.length > long && /\s/.test(text))
    )
    const isFile = original !== undefined && modified !== undefined
    if (!isFile && !isLong) return undefined
    const one = { path: original ?? "", text: before }
    const other = { path: modified ?? "", text: after }
    const kind = isFile ? (as ?? kindOf(original, modified)) : "text"
    const found: TextChange = yield* compareTexts(one, other, kind).pipe(
      Effect.map((diff): TextChange => ({ as: diff })),
      Effect.catchTag("SourceInvalid", ({ column, line, problem, side }) =>
        // nothing is said to be a text only because one side of it is broken
        Effect.map(compareTexts(one, other, "text"), (diff): TextChange => ({
          as: diff,
          invalid: `${side ?? "one"}, line ${line}, column ${column}: ${problem}`
        }))
      ),
      // every text can be compared as one
      Effect.orDie
    )
    if (isFile) {
      const known = seen.get(before) ?? new Map<string, TextChange>()
      seen.set(before, known.set(after, found))
    }
    return found
  })

  return {
    values: ({ after, before, names: [one, other] = [undefined, undefined] }) =>
      Effect.forEach(difference(before, after), (change: Change) => {
        const { after: is, before: was, path } = change
        if (change.change !== "changed" || typeof was !== "string" || typeof is !== "string") {
          return Effect.succeed<ValueChange>(change)
        }
        const files = [fileAt(before, change.from ?? path, one), fileAt(after, path, other)] as const
        return Effect.map(texts(was, is, files), (found): ValueChange => ({ ...change, ...found }))
      })
  }
}
