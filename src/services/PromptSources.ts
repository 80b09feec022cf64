/** The files that a project's prompts are written in. Owns: which there are, and what blocks each has as it is now. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Hash } from "../domain/Hash.js"

export interface SourceOfBlocks {
  /** From the project's root, with `/`. */
  readonly file: string
  readonly text: string
  readonly blocks: ReadonlyArray<Hash>
}

export class PromptSources extends Context.Tag("aegis/PromptSources")<
  PromptSources,
  {
    /** A file that is no prompt, or cannot be resolved as it is, is left out. */
    readonly all: Effect.Effect<ReadonlyArray<SourceOfBlocks>>
  }
>() {}
