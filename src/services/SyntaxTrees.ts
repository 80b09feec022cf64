/** Parses TypeScript and JavaScript. Owns: which parser reads a text, and as what. Does not own: what trees are compared by (replay/diff). */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { SourceInvalid } from "../domain/DiffErrors.js"
import type { Parsed } from "../replay/diff/tree/Parsed.js"

export interface Source {
  readonly text: string
  /** Its ending says the language. What has none that is known is read as TypeScript, or as TSX where it is only that. */
  readonly path?: string | undefined
  readonly side?: "original" | "modified" | undefined
}

export class SyntaxTrees extends Context.Tag("aegis/SyntaxTrees")<
  SyntaxTrees,
  {
    /** Fails for a text that is no program, or is nested too deeply. Never parses a part of it. */
    readonly parse: (source: Source) => Effect.Effect<Parsed, SourceInvalid>
  }
>() {}
