/** Asks git, never with a word of ours as an option. */
import * as Command from "@effect/platform/Command"
import type { CommandExecutor } from "@effect/platform/CommandExecutor"
import * as Effect from "effect/Effect"
import { FileRefused } from "../../src/domain/FileRefused.js"
import { type Answer, answerOf } from "./answerOf.js"

export const noGit = (root: string): FileRefused =>
  new FileRefused({
    path: root,
    problem: "cannot be asked for changes: git does not run, or this is no repository",
    fix: "Install git, or leave --changed out."
  })

export type AskGit = (...words: ReadonlyArray<string>) => Effect.Effect<Answer, FileRefused, CommandExecutor>

/** Runs git in `root`. `env` is what it is told besides. */
export const ask =
  (root: string, env: Readonly<Record<string, string>> = {}): AskGit =>
  (...words) =>
    Command.make("git", ...words).pipe(
      Command.workingDirectory(root),
      // it only looks: another git that runs is not held up, and nothing of the user's is shown or asked
      Command.env({ GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0", ...env }),
      answerOf,
      Effect.mapError(() => noGit(root))
    )
