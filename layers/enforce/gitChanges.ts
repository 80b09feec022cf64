/** What git says has changed, and what it tracks. It is asked for names only. */
import type { CommandExecutor } from "@effect/platform/CommandExecutor"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { FileRefused } from "../../src/domain/FileRefused.js"
import { ask, noGit } from "./gitAsk.js"
import { gitBase } from "./gitBase.js"

/**
 * Files below `root` that git tracks, whatever `.gitignore` says of them. None where there is no git, or no repository. A
 * repository that git refuses to read is refused here too: without its answer, files would be left out in silence.
 */
export const gitTracked = Effect.fnUntraced(function* (root: string) {
  const answer = yield* Effect.option(ask(root)("ls-files", "-z", "--cached"))
  if (Option.isNone(answer)) return Option.none<ReadonlySet<string>>()
  const { code, text } = answer.value
  if (code === 0) return Option.some<ReadonlySet<string>>(new Set(text.split("\0").slice(0, -1)))
  if (!isInRepository(root)) return Option.none<ReadonlySet<string>>()
  return yield* new FileRefused({
    path: root,
    problem: "is a repository that git refuses to read, so that nobody knows which files are part of it",
    fix: "`git status` there tells why; often `git config --global --add safe.directory` mends it."
  })
})

const isInRepository = (root: string): boolean => {
  for (let at = root; ; at = Path.dirname(at)) {
    if (Fs.existsSync(Path.join(at, ".git"))) return true
    if (at === Path.dirname(at)) return false
  }
}

/**
 * Files below `root` that were added, copied, changed or renamed since the work left `base`, and untracked ones. Without `base`:
 * since it left the upstream of its branch, and where there is none, since HEAD.
 */
export const gitChanges = Effect.fnUntraced(function* (root: string, base: Option.Option<string>) {
  const git = ask(root)
  const since = yield* gitBase(root, base)
  const names = (
    ...words: ReadonlyArray<string>
  ): Effect.Effect<ReadonlyArray<string>, FileRefused, CommandExecutor> =>
    Effect.flatMap(git(...words), ({ code, text }) =>
      code === 0 ? Effect.succeed(text.split("\0").filter((name) => name !== "")) : noGit(root)
    )
  const tracked = Option.isSome(since)
    ? yield* names(
        "diff",
        "--name-only",
        "-z",
        "--relative",
        "--no-ext-diff",
        // all but what has gone: a link that became a file, and what was merged with a conflict, too
        "--diff-filter=d",
        "--end-of-options",
        since.value
      )
    : // before the first commit
      yield* names("ls-files", "-z", "--cached")
  return new Set([...tracked, ...(yield* names("ls-files", "-z", "--others", "--exclude-standard"))])
})
