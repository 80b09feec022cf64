/**
 * Files that a prompt includes. Owns: which files a pattern means, in which order, and what of them is inlined. Does not
 * own: the syntax of prompts (src/prompt) or what becomes of the text.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { IncludeError } from "../domain/PromptErrors.js"

/** `<file_map src="…" content="…"/>` or `<style_guide src="…"/>` as it stands in a prompt. */
export interface Include {
  readonly src: string
  readonly content: "names" | "full"
  /** Where it stands, for errors. */
  readonly file: string
  readonly line: number
}

export class PromptLoader extends Context.Tag("aegis/PromptLoader")<
  PromptLoader,
  {
    /** The text that stands for the include: the same for the same files, on every machine and in every order. */
    readonly load: (include: Include) => Effect.Effect<string, IncludeError>
  }
>() {}

/** Loads from a fixed set of texts by pattern, for tests and programs without a file system. */
export const layerMemory = (files: Readonly<Record<string, string>>): Layer.Layer<PromptLoader> =>
  Layer.succeed(PromptLoader, {
    load: (include) =>
      Object.hasOwn(files, include.src)
        ? Effect.succeed(files[include.src] ?? "")
        : Effect.fail(
            new IncludeError({ file: include.file, line: include.line, src: include.src, reason: "no-match" })
          )
  })
