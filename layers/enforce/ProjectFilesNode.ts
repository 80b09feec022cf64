/** The files of a project, on the real file system; what changed is asked of git. */
import * as NodeCommandExecutor from "@effect/platform-node/NodeCommandExecutor"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { isUtf8 } from "node:buffer"
import { randomUUID } from "node:crypto"
import * as Fs from "node:fs"
import * as Path from "node:path"
import picomatch from "picomatch"
import { escapePath, glob } from "tinyglobby"
import { FileRefused } from "../../src/domain/FileRefused.js"
import { ProjectFiles } from "../../src/services/ProjectFiles.js"
import { makeFolder } from "../folders.js"
import { answerNow } from "../includes/asking.js"
import { gitIgnored } from "../includes/gitIgnored.js"
import { fileText } from "./fileText.js"
import { gitChanges, gitTracked } from "./gitChanges.js"
import { isWithin, realOf } from "./packFolder.js"

/** Our own reports too: a second run would judge the first. */
const neverJudged = ["**/.git/**", "**/compliance-report.{json,sarif,junit.xml}"]
/** What others made: left out unless git tracks it. */
const leftOut = ["**/node_modules/**", "**/dist/**", ...neverJudged]

const executor = Layer.provide(NodeCommandExecutor.layer, NodeFileSystem.layer)

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "unknown"

const refused =
  (path: string, what: string) =>
  (cause: unknown): FileRefused =>
    new FileRefused({ path, problem: `cannot be ${what} (${codeOf(cause)})`, fix: "Check its permissions." })

/** A file, or a pattern of what lies below. */
interface Asked {
  readonly file?: string
  readonly pattern?: string
}

const byCodeUnit = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** `root` is the project's, `cwd` the folder that the paths on the command line are from. */
export const make = (root: string, cwd: string): ProjectFiles["Type"] => {
  const inProject = (path: string): string => Path.relative(root, path).split(Path.sep).join("/")

  /** Whether a path that is there leads out of the project over links: what is not in it is not for its reports. */
  const leadsOut = (path: string): boolean => {
    const real = realOf(path)
    return real !== undefined && !isWithin(realOf(root) ?? root, real)
  }
  const linkRefused = (path: string): FileRefused =>
    new FileRefused({
      path,
      problem: "leads out of the project",
      fix: "Put a copy in its place, or leave it out."
    })

  const walk = (patterns: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>, FileRefused> =>
    Effect.tryPromise({
      try: (signal) =>
        glob(patterns, {
          cwd: root,
          dot: true,
          expandDirectories: false,
          followSymbolicLinks: false,
          ignore: leftOut,
          signal
        }),
      catch: refused(root, "listed")
    })

  /** What a word on the command line stands for: files that it names itself, or a pattern of what lies below. */
  const understand = (word: string): Effect.Effect<Asked, FileRefused> =>
    Effect.suspend((): Effect.Effect<Asked, FileRefused> => {
      const path = Path.resolve(cwd, word)
      const relative = inProject(path)
      if (relative === ".." || relative.startsWith("../") || Path.isAbsolute(relative)) {
        return new FileRefused({
          path: word,
          problem: "lies outside of the project",
          fix: `Name what is in ${root}.`
        })
      }
      const stat = Fs.statSync(path, { throwIfNoEntry: false })
      if (stat !== undefined && leadsOut(path)) return linkRefused(word)
      if (stat?.isFile() === true) return Effect.succeed({ file: relative })
      if (stat?.isDirectory() === true) {
        return Effect.succeed({ pattern: relative === "" ? "**/*" : `${escapePath(relative)}/**/*` })
      }
      return stat === undefined && /[*?[{]/.test(word)
        ? Effect.succeed({ pattern: relative })
        : new FileRefused({
            path: word,
            problem: "is no file and no folder",
            fix: "Check the path, or quote the pattern."
          })
    })

  const list: ProjectFiles["Type"]["list"] = Effect.fn("ProjectFiles.list")(function* (words) {
    const asked = yield* Effect.forEach(words, understand)
    const named = asked.flatMap(({ file }) => (file === undefined ? [] : [file]))
    const patterns = words.length === 0 ? ["**/*"] : asked.flatMap(({ pattern }) => pattern ?? [])
    const found = patterns.length === 0 ? [] : yield* walk(patterns)
    const tracked = yield* Effect.provide(gitTracked(root), executor)
    const isTracked = (path: string): boolean => Option.exists(tracked, (paths) => paths.has(path))
    const ignored = answerNow(gitIgnored(root))
    const kept = found.filter((path) => isTracked(path) || !answerNow(ignored(path)))
    const others = Option.isNone(tracked) ? [] : leftOutIn(tracked.value, patterns)
    return [...new Set([...named, ...kept, ...others])].sort(byCodeUnit)
  })

  /** Files that git tracks in folders that are left out by their names: what a change brings along is judged. */
  const leftOutIn = (
    tracked: ReadonlySet<string>,
    patterns: ReadonlyArray<string>
  ): ReadonlyArray<string> => {
    if (patterns.length === 0) return []
    const asked = picomatch([...patterns], { dot: true })
    const never = picomatch(neverJudged, { dot: true })
    const byName = /(?:^|\/)(?:node_modules|dist)\//
    return [...tracked].filter(
      (path) =>
        byName.test(path) &&
        asked(path) &&
        !never(path) &&
        Fs.lstatSync(Path.join(root, path), { throwIfNoEntry: false })?.isFile() === true
    )
  }

  const read: ProjectFiles["Type"]["read"] = (path) =>
    Effect.suspend(() =>
      leadsOut(Path.join(root, path))
        ? linkRefused(path)
        : Effect.try({
            // at once: a file takes some microseconds, and the turns of waiting for it take ten times as long
            try: () => Fs.readFileSync(Path.join(root, path)),
            catch: (cause) => cause
          }).pipe(
            Effect.map((bytes) => Option.some<Buffer>(bytes)),
            Effect.catchAll((cause) => {
              if (codeOf(cause) !== "ENOENT") return refused(path, "read")(cause)
              // a name that is no UTF-8 has lost what it is found by; the file is there all the same
              return path.includes("\uFFFD")
                ? new FileRefused({ path, problem: "has a name that is no UTF-8", fix: "Rename it." })
                : Effect.succeed(Option.none<Buffer>())
            })
          )
    ).pipe(
      Effect.map(
        Option.flatMap((bytes) =>
          Option.map(fileText(path, bytes), (text) => ({
            path,
            text,
            // UTF-16 of Latin letters is UTF-8 as well, of twice the length
            exact: isUtf8(bytes) && Buffer.byteLength(text) === bytes.length
          }))
        )
      )
    )

  /** Written beside its place and moved into it; a link stays one, and a file keeps its mode. */
  const write = (path: string, text: string): Effect.Effect<void, FileRefused> =>
    Effect.uninterruptible(
      Effect.tryPromise({
        try: async () => {
          makeFolder(Path.dirname(path))
          const there = Fs.existsSync(path)
          const place = there ? Fs.realpathSync(path) : path
          const draft = `${place}.${randomUUID()}.tmp`
          try {
            await Fs.promises.writeFile(draft, text, {
              flag: "wx",
              ...(there ? { mode: Fs.statSync(place).mode } : {})
            })
            await Fs.promises.rename(draft, place)
          } finally {
            await Fs.promises.rm(draft, { force: true })
          }
        },
        catch: refused(path, "written")
      })
    )

  return {
    root,
    list,
    changed: Effect.fn("ProjectFiles.changed")(function* (files, base) {
      const changes = yield* Effect.provide(gitChanges(root, base), executor)
      return files.filter((path) => changes.has(path))
    }),
    read,
    write: (path, text) => write(Path.resolve(cwd, path), text),
    rewrite: (path, text) =>
      Effect.suspend(() =>
        leadsOut(Path.join(root, path)) ? linkRefused(path) : write(Path.join(root, path), text)
      ),
    append: (path, text) =>
      Effect.tryPromise({
        try: () => Fs.promises.appendFile(Path.resolve(cwd, path), text),
        catch: refused(path, "written")
      })
  }
}

export const layer = (root: string, cwd: string): Layer.Layer<ProjectFiles> =>
  Layer.sync(ProjectFiles, () => make(root, cwd))
