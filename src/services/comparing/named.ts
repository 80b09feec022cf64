/** How two checkpoints differ that a person or a program names. */
import * as Effect from "effect/Effect"
import type { DiffKind } from "../../domain/FileDiff.js"
import { findCheckpoint, type NameOptions } from "../checkpoints/names.js"
import { compareRuns } from "./runs.js"
import { readSide } from "./side.js"

export interface DiffOptions extends NameOptions {
  /** As what all texts in them are compared, instead of what their names say. */
  readonly as?: DiffKind | undefined
}

/**
 * Compares two checkpoints by what they hold: recorded runs node by node, others by their state and the names of their nodes; code in
 * outputs as programs. Each is named by an id or its first digits, a tag, a branch, a name. Changes nothing.
 *
 * @example const { identical, nodes } = yield* diffCheckpoints("main", "try")
 */
export const diffCheckpoints = Effect.fn("diffCheckpoints")(function* (
  original: string,
  modified: string,
  { as, ...options }: DiffOptions = {}
) {
  const one = yield* readSide(yield* findCheckpoint(original, options))
  const other = yield* readSide(yield* findCheckpoint(modified, options))
  return yield* compareRuns(
    { word: original, side: one, node: undefined },
    { word: modified, side: other, node: undefined },
    as
  )
})
