/** Includes from the real file system, under the configured root. includes/includedText.ts says what is found. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as NodeFs from "node:fs"
import { IncludeError } from "../src/domain/PromptErrors.js"
import { AegisConfig } from "../src/services/AegisConfig.js"
import { PromptLoader } from "../src/services/PromptLoader.js"
import { answerLater } from "./includes/asking.js"
import { includedText, type Place } from "./includes/includedText.js"
import { hideBreaks, showBreaks } from "./includes/lineBreaks.js"

const make = (place: Place): PromptLoader["Type"] => ({
  load: Effect.fn("PromptLoader.load")((include) =>
    Effect.tryPromise({
      try: (signal) => answerLater(includedText(include, place), signal),
      catch: (cause) => cause
    }).pipe(
      // what is no fault of the files is one of ours
      Effect.catchAll((cause) => (cause instanceof IncludeError ? Effect.fail(cause) : Effect.die(cause)))
    )
  )
})

/** Files under `root` by the globbing library, which is loaded for this alone. */
export const glob: Place["glob"] = (root, what, path) => {
  // A folder that cannot be listed is left out by the walk; a pattern that nothing matches is an error anyway.
  const options = {
    cwd: root,
    dot: false,
    expandDirectories: false,
    followSymbolicLinks: false,
    fs: { readdir: listed },
    ignore: ["**/.git", "**/node_modules"]
  }
  return {
    now: () => {
      throw new Error("the library is loaded later")
    },
    later: async () => {
      const library = await import("tinyglobby")
      const hidden = hideBreaks(path)
      const pattern = what === "folder" ? `${library.escapePath(hidden.replace(/\/$/, ""))}/**` : hidden
      return (await library.glob(pattern, options)).map(showBreaks)
    }
  }
}

/**
 * Lists a folder with links shown as files: where they lead is looked at afterwards, and linked folders stay unwalked.
 * No name has a line break.
 */
const listed: typeof NodeFs.readdir = Object.assign(
  // the walk asks for entries, and calls back: of the other forms of readdir it uses none
  (path: NodeFs.PathLike, ...rest: ReadonlyArray<unknown>): void => {
    const done = rest.find(isListed)
    const folder = typeof path === "string" ? showBreaks(path) : path
    NodeFs.readdir(folder, { withFileTypes: true }, (error, entries) => {
      for (const entry of error === null ? entries : []) {
        entry.name = hideBreaks(entry.name)
        if (entry.isSymbolicLink()) Object.assign(entry, { isSymbolicLink: () => false, isFile: () => true })
      }
      done?.(error, entries)
    })
  },
  { __promisify__: NodeFs.readdir.__promisify__ }
)
type Listed = (error: NodeJS.ErrnoException | null, entries: Array<NodeFs.Dirent>) => void
const isListed = (value: unknown): value is Listed => typeof value === "function"

/** Includes from the files under the configured root. */
export const layer: Layer.Layer<PromptLoader, never, AegisConfig> = Layer.effect(
  PromptLoader,
  Effect.map(AegisConfig, ({ root, settings }) =>
    make({ root, maxBytes: settings.maxIncludeBytes, cacheDir: settings.cacheDir, glob })
  )
)
