/** What git says has changed, and what it tracks. It is asked for names only, and never with a word of ours as an option. */
import * as Command from "@effect/platform/Command"
import type { CommandExecutor } from "@effect/platform/CommandExecutor"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { FileRefused } from "../../src/domain/FileRefused.js"
import { type Answer, answerOf } from "./answerOf.js"

const noGit = (root: string): FileRefused =>
  new FileRefused({
    path: root,
    problem: "cannot be asked for changes: git does not run, or this is no repository",
    fix: "Install git, or leave --changed out."
  })

const ask =
  (root: string) =>
  (...words: ReadonlyArray<string>): Effect.Effect<Answer, FileRefused, CommandExecutor> =>
    Command.make("git", ...words).pipe(
      Command.workingDirectory(root),
      // it only looks: another git that runs is not held up, and nothing of the user's is shown or asked
      Command.env({ GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0" }),
      answerOf,
      Effect.mapError(() => noGit(root))
    )

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
      fix: "Fetch it, or name another: `--changed BASE`; paths stand before `--changed`."
    })
  }
  const since = Option.isSome(found) ? yield* mergeBase(git, found.value) : yield* commitOf("HEAD")
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

/** Where the work left it; in a shallow clone that may not be known, and then it is the revision itself. */
const mergeBase = (
  git: ReturnType<typeof ask>,
  revision: string
): Effect.Effect<Option.Option<string>, FileRefused, CommandExecutor> =>
  Effect.map(git("merge-base", revision, "HEAD"), ({ code, text }) =>
    Option.some(code === 0 ? (text.split("\n")[0] ?? revision) : revision)
  )
