/** A project in a git repository of its own. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { tempDir } from "../../../support/tempDir.js"

export interface Repository {
  readonly folder: string
  readonly write: (path: string, text: string) => void
  readonly read: (path: string) => string
  readonly git: (...words: ReadonlyArray<string>) => string
  /** Commits all that is there. */
  readonly commit: (message: string) => void
}

/** Runs git in a folder, as somebody who has a name; gives what it printed. */
export const gitIn =
  (folder: string): Repository["git"] =>
  (...words) =>
    ChildProcess.execFileSync(
      "git",
      ["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "init.defaultBranch=main", ...words],
      { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }
    )

/** `init: false` makes it a folder without git. */
export const repository = (
  files: Readonly<Record<string, string>>,
  { init = true }: { readonly init?: boolean } = {}
): Effect.Effect<Repository, never, Scope.Scope> =>
  Effect.map(tempDir, (folder) => {
    const write = (path: string, text: string): void => {
      Fs.mkdirSync(Path.dirname(Path.join(folder, path)), { recursive: true })
      Fs.writeFileSync(Path.join(folder, path), text)
    }
    const git = gitIn(folder)
    for (const [path, text] of Object.entries(files)) write(path, text)
    if (init) git("init", "-q")
    return {
      folder,
      write,
      read: (path) => Fs.readFileSync(Path.join(folder, path), "utf8"),
      git,
      commit: (message) => {
        git("add", "-A")
        git("commit", "-q", "-m", message)
      }
    }
  })
