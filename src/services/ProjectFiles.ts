/**
 * The files of a project as the gate sees them. Owns: which there are, which changed, their texts, and writing beside them. Does
 * not own: what is judged in them (Enforcer). Paths are from the project's root, with `/`, unless something else is said.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { FileRefused } from "../domain/FileRefused.js"

/** The text of a file. */
export interface ProjectText {
  readonly path: string
  readonly text: string
  /** Whether the bytes of the file are exactly the text in UTF-8: only then may it be written again. */
  readonly exact: boolean
}

export class ProjectFiles extends Context.Tag("aegis/ProjectFiles")<
  ProjectFiles,
  {
    /** The project's root: an absolute path. */
    readonly root: string
    /**
     * Files in order, each once: all of the project, or those that the words name (files, folders, patterns, from the current
     * folder). What `.gitignore` names, node_modules and dist are left out, unless git tracks it or it is a file that is named itself: what
     * a change brings along is judged, whatever it writes into `.gitignore`. Links and reports of the gate are left out.
     */
    readonly list: (words: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<string>, FileRefused>
    /** Of these files those that changed since `base`, untracked ones too. Without `base`: since the branch left its upstream, else HEAD. */
    readonly changed: (
      files: ReadonlyArray<string>,
      base: Option.Option<string>
    ) => Effect.Effect<ReadonlyArray<string>, FileRefused>
    /**
     * None for what is no text, and for what is not there any more. UTF-16 is read too. Fails for what leads out of the project,
     * and for what cannot be read: a file that nobody judged is never passed over.
     */
    readonly read: (path: string) => Effect.Effect<Option.Option<ProjectText>, FileRefused>
    /** Writes a file whole or not at all, over one that is there, with the folders above it. The path is from the current folder. */
    readonly write: (path: string, text: string) => Effect.Effect<void, FileRefused>
    /** Writes the text of a file of the project again. */
    readonly rewrite: (path: string, text: string) => Effect.Effect<void, FileRefused>
    /** Writes behind what is there. The path is from the current folder. */
    readonly append: (path: string, text: string) => Effect.Effect<void, FileRefused>
  }
>() {}
