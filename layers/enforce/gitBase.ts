/** Where a change began, and the files as they were there. */
import type { CommandExecutor } from "@effect/platform/CommandExecutor"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { FileRefused } from "../../src/domain/FileRefused.js"
import { ask, type AskGit } from "./gitAsk.js"

/**
 * The commit at which the work left `base`. Without `base`: at which it left the upstream of its branch, and where there is none, HEAD.
 * None before the first commit. `option` is what the user would give another base by.
 */
export const gitBase = Effect.fnUntraced(function* (
  root: string,
  base: Option.Option<string>,
  option = "--changed BASE"
) {
  const git = ask(root)
  const commitOf = (revision: string): Effect.Effect<Option.Option<string>, FileRefused, CommandExecutor> =>
    Effect.map(
      git("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`),
      ({ code, text }) => (code === 0 ? Option.some(text.trim()) : Option.none())
    )
  const found = yield* commitOf(Option.getOrElse(base, () => "@{upstream}"))
  if (Option.isSome(base) && Option.isNone(found)) {
    return yield* new FileRefused({
      path: base.value,
      problem: "is no revision that git knows here",
      fix: `Fetch it, or name another: \`${option}\`; paths stand before \`--changed\`.`
    })
  }
  return Option.isSome(found) ? yield* mergeBase(git, found.value) : yield* commitOf("HEAD")
})

/** Where the work left it; in a shallow clone that may not be known, and then it is the revision itself. */
const mergeBase = (
  git: AskGit,
  revision: string
): Effect.Effect<Option.Option<string>, FileRefused, CommandExecutor> =>
  Effect.map(git("merge-base", revision, "HEAD"), ({ code, text }) =>
    Option.some(code === 0 ? (text.split("\n")[0] ?? revision) : revision)
  )

/**
 * Writes all files of a commit below `folder`, and gives the folder that is `root` there. Neither the repository nor its index is touched: no
 * hook runs, and a repository that cannot be written is read all the same.
 */
export const gitFilesAt = Effect.fnUntraced(function* (root: string, commit: string, folder: string) {
  const tree = Path.join(folder, "tree")
  // an empty repository marks where the project ends, as .git does in the one that it is taken from
  Fs.mkdirSync(Path.join(tree, ".git"), { recursive: true })
  const unreadable = new FileRefused({
    path: commit,
    problem: "cannot be read from the repository",
    fix: "`git fsck` tells why; a partial clone has to fetch it first."
  })
  const answerIn = (
    git: AskGit,
    ...words: ReadonlyArray<string>
  ): Effect.Effect<string, FileRefused, CommandExecutor> =>
    Effect.flatMap(git(...words), ({ code, text }) => (code === 0 ? Effect.succeed(text.trim()) : unreadable))
  const top = yield* answerIn(ask(root), "rev-parse", "--show-toplevel")
  // what a filter would download is not needed to read prompts
  const git = ask(top, { GIT_INDEX_FILE: Path.join(folder, "index"), GIT_LFS_SKIP_SMUDGE: "1" })
  yield* answerIn(git, "read-tree", commit)
  yield* answerIn(git, "checkout-index", "--all", "--quiet", `--prefix=${tree}/`)
  return Path.join(tree, yield* answerIn(ask(root), "rev-parse", "--show-prefix"))
})

/** Files below `root` that have another name than at the commit: the old name by the new one. */
export const gitRenames = Effect.fnUntraced(function* (root: string, commit: string) {
  const words = ["diff", "--name-status", "-z", "--relative", "--no-ext-diff", "--find-renames"] as const
  const { code, text } = yield* ask(root)(...words, "--diff-filter=R", "--end-of-options", commit)
  const parts = code === 0 ? text.split("\0") : []
  const renames = new Map<string, string>()
  for (let at = 0; at + 2 < parts.length; at += 3) renames.set(parts[at + 2] ?? "", parts[at + 1] ?? "")
  return renames
})
