/**
 * Includes from the real file system. What is found depends on the files alone: not on the order in which a folder
 * lists them, not on the machine's own ignore rules, and never on anything outside the project's root.
 *
 * - `names`: one path per line; a path with control characters is a JSON string.
 * - `full`, a pattern: each file's path, then its text in a code fence longer than any fence inside.
 * - `full`, one plain path: that file's text as it is (a style guide is inlined bare).
 *
 * Text is kept byte for byte, CRLF and byte order marks included. Binary files (a NUL in the first 8 KB, or not UTF-8)
 * are named, never inlined. Symbolic links to files are read where they lead; linked folders are not walked.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as NodeFs from "node:fs"
import * as Path from "node:path"
import { IncludeError } from "../src/domain/PromptErrors.js"
import { AegisConfig } from "../src/services/AegisConfig.js"
import type { Include } from "../src/services/PromptLoader.js"
import { PromptLoader } from "../src/services/PromptLoader.js"
import { gitIgnored } from "./gitIgnored.js"

type Reason = IncludeError["reason"]

/** Globbing is only needed for patterns; a prompt without one does not load it. */
const tinyglobby = Effect.promise(() => import("tinyglobby"))

const binaryProbe = 8192

interface Found {
  /** Relative to the root, with `/` between its parts. */
  readonly path: string
  /** Where it really is, links resolved. */
  readonly real: string
  readonly size: number
}

const make = (root: string, maxBytes: number, cacheDir: string): PromptLoader["Type"] => {
  const load = Effect.fn("PromptLoader.load")(function* (include: Include) {
    const fail = (reason: Reason): IncludeError =>
      new IncludeError({ file: include.file, line: include.line, src: include.src, reason })

    const refuse = (cause: unknown): IncludeError =>
      fail(hasCode(cause, "ENOENT") || hasCode(cause, "ENOTDIR") ? "no-match" : "not-readable")

    const realRoot = yield* Effect.tryPromise({ try: () => NodeFs.promises.realpath(root), catch: refuse })
    const pattern = include.src.replaceAll(/\/+/g, "/").replace(/^(\.\/)+/, "")
    if (leavesRoot(pattern)) return yield* fail("outside-project")
    if (pattern === "" || pattern.includes("\0")) return yield* fail("no-match")

    const plain = yield* plainPath(realRoot, pattern)
    // Checked before the walk: a link to "/" must not be walked to find out that it leads outside.
    const start = plain === "pattern" ? fixedPart(pattern) : pattern
    const started = yield* Effect.tryPromise({ try: () => locate(realRoot, start), catch: refuse })
    if (started === "outside") return yield* fail("outside-project")
    const candidates =
      plain === "file"
        ? [pattern]
        : yield* expand(realRoot, plain === "folder" ? undefined : pattern, pattern)
    const ignored = gitIgnored(realRoot)
    const paths: Array<string> = []
    for (const path of candidates) {
      if (alwaysLeftOut(path, cacheDir)) continue
      if (!(yield* Effect.tryPromise({ try: () => ignored(path), catch: refuse }))) paths.push(path)
    }
    const found: Array<Found> = []
    for (const path of paths.sort(byCodeUnit)) {
      const file = yield* Effect.tryPromise({ try: () => locate(realRoot, path), catch: refuse })
      if (file === "outside") return yield* fail("outside-project")
      if (file !== "not-a-file") found.push(file)
    }
    if (found.length === 0) return yield* fail("no-match")

    if (include.content === "names") {
      const names = found.map((file) => printable(file.path)).join("\n")
      return Buffer.byteLength(names) > maxBytes ? yield* fail("too-large") : names
    }
    // Sizes are looked at before anything is read: a huge file costs nothing but its stat.
    if (found.reduce((sum, file) => sum + file.size, 0) > maxBytes) return yield* fail("too-large")
    const contents = yield* Effect.forEach(
      found,
      (file) => Effect.tryPromise({ try: () => NodeFs.promises.readFile(file.real), catch: refuse }),
      { concurrency: 8 }
    )
    if (contents.reduce((sum, bytes) => sum + bytes.length, 0) > maxBytes) return yield* fail("too-large")
    const [only] = contents
    if (plain === "file" && only !== undefined) {
      if (isBinary(only)) return yield* fail("binary")
      return decodeUtf8(only) ?? (yield* fail("not-utf8"))
    }
    return found.map((file, index) => section(file.path, contents[index] ?? Buffer.alloc(0))).join("\n\n")
  })
  return { load }
}

/** Files under `root` that the pattern means; a folder means everything in it. */
const expand = Effect.fnUntraced(function* (root: string, pattern: string | undefined, folder: string) {
  const { escapePath, glob } = yield* tinyglobby
  const wanted = pattern ?? `${escapePath(folder.replace(/\/$/, ""))}/**`
  // A folder that cannot be listed is left out by the walk; a pattern that nothing matches is an error anyway.
  return yield* Effect.promise(() =>
    glob(wanted, {
      cwd: root,
      dot: false,
      expandDirectories: false,
      followSymbolicLinks: false,
      fs: { readdir: linksAsFiles },
      ignore: ["**/.git", "**/node_modules"]
    })
  )
})

/** Lists a folder with links shown as files: where they lead is looked at afterwards, and linked folders stay unwalked. */
const linksAsFiles = ((path: string, _options: unknown, done: Listed) => {
  NodeFs.readdir(path, { withFileTypes: true }, (error, entries) => {
    for (const entry of error === null ? entries : []) {
      if (entry.isSymbolicLink()) Object.assign(entry, { isSymbolicLink: () => false, isFile: () => true })
    }
    done(error, entries)
  })
  // the walk calls readdir with these three arguments only, never in its other forms
}) as unknown as typeof NodeFs.readdir
type Listed = (error: NodeJS.ErrnoException | null, entries: Array<NodeFs.Dirent>) => void

/** Whether the source names one thing that is there, whatever characters it has, rather than a pattern. */
const plainPath = (root: string, pattern: string): Effect.Effect<"file" | "folder" | "pattern"> =>
  Effect.promise(async () => {
    try {
      const stat = await NodeFs.promises.stat(Path.join(root, pattern))
      return stat.isDirectory() ? "folder" : "file"
    } catch {
      return "pattern"
    }
  })

/** The folder in which a pattern starts: its leading parts that mean themselves. */
const fixedPart = (pattern: string): string => {
  const parts = pattern.split("/")
  const first = parts.findIndex((part) => /[*?[\]{}()!+@|\\]/.test(part))
  return parts.slice(0, first === -1 ? parts.length : first).join("/")
}

const leavesRoot = (pattern: string): boolean =>
  Path.posix.isAbsolute(pattern) ||
  Path.win32.isAbsolute(pattern) ||
  /^[A-Za-z]:/.test(pattern) ||
  // Inside braces too: {..,src}/x means ../x.
  pattern.split(/[/\\{},]/).includes("..")

const alwaysLeftOut = (path: string, cacheDir: string): boolean => {
  const parts = path.split("/")
  const cache = Path.posix.normalize(cacheDir.replaceAll("\\", "/")).replace(/\/$/, "")
  return (
    parts.includes(".git") || parts.includes("node_modules") || path === cache || path.startsWith(`${cache}/`)
  )
}

const locate = async (root: string, path: string): Promise<Found | "outside" | "not-a-file"> => {
  const real = await NodeFs.promises.realpath(Path.join(root, path))
  if (real !== root && !real.startsWith(root.endsWith(Path.sep) ? root : root + Path.sep)) return "outside"
  const stat = await NodeFs.promises.stat(real)
  return stat.isFile() ? { path, real, size: stat.size } : "not-a-file"
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const printable = (path: string): string => (/[\u0000-\u001f\u007f]/.test(path) ? JSON.stringify(path) : path)

const isBinary = (bytes: Buffer): boolean => bytes.subarray(0, binaryProbe).includes(0)

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const decodeUtf8 = (bytes: Buffer): string | undefined => {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

const section = (path: string, bytes: Buffer): string => {
  const text = isBinary(bytes) ? undefined : decodeUtf8(bytes)
  if (text === undefined) return `${printable(path)} (binary, ${bytes.length} bytes)`
  const longest = text.match(/`{3,}/g)?.reduce((length, run) => Math.max(length, run.length), 2) ?? 2
  const fence = "`".repeat(longest + 1)
  return `${printable(path)}\n${fence}\n${text}${text.endsWith("\n") ? "" : "\n"}${fence}`
}

const hasCode = (cause: unknown, code: string): boolean =>
  typeof cause === "object" && cause !== null && "code" in cause && cause.code === code

/** Includes from the files under the configured root. */
export const layer: Layer.Layer<PromptLoader, never, AegisConfig> = Layer.effect(
  PromptLoader,
  Effect.map(AegisConfig, ({ root, settings }) => make(root, settings.maxIncludeBytes, settings.cacheDir))
)
