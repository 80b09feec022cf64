/**
 * The text of an include. What is found depends on the files alone: not on the order in which a folder
 * lists them, not on the machine's own ignore rules, and never on anything outside the project's root.
 *
 * - `names`: one path per line; a path with control characters is a JSON string.
 * - `full`, a pattern: each file's path, then its text in a code fence longer than any fence inside.
 * - `full`, one plain path: that file's text as it is (a style guide is inlined bare).
 *
 * Text is kept byte for byte, CRLF and byte order marks included. Binary files (a NUL in the first 8 KB, or not UTF-8)
 * are named, never inlined. Symbolic links to files are read where they lead, and refused where that is outside; one that
 * leads nowhere is no file. Linked folders are not walked, wherever they lead.
 */
import * as Path from "node:path"
import { IncludeError } from "../../src/domain/PromptErrors.js"
import type { Include } from "../../src/services/PromptLoader.js"
import { ask, type Asking, type Question } from "./asking.js"
import { bytesOf, realPath, statOf } from "./fileSystem.js"
import { gitIgnored } from "./gitIgnored.js"
import { walked, walkIn, walkOf } from "./simplePattern.js"

const binaryProbe = 8192

interface Found {
  /** Relative to the root, with `/` between its parts. */
  readonly path: string
  /** Where it really is, links resolved. */
  readonly real: string
  readonly size: number
}

/** Where includes are looked for. `cacheDir` is relative to the root, and never included. */
export interface Place {
  readonly root: string
  readonly maxBytes: number
  readonly cacheDir: string
  /** The files that a pattern means, or everything in a folder, where neither is a simple one. */
  readonly glob: (root: string, what: "folder" | "pattern", path: string) => Question<ReadonlyArray<string>>
}

/** The text that stands for an include. Throws an IncludeError. */
export const includedText = function* (include: Include, place: Place): Asking<string> {
  try {
    return yield* found(include, place)
  } catch (cause) {
    throw codeOf(cause) === undefined ? cause : refusal(include, cause)
  }
}

const refusal = ({ file, line, src }: Include, cause: unknown): IncludeError => {
  const code = codeOf(cause)
  const reason = nowhere.has(code ?? "") ? "no-match" : "not-readable"
  return new IncludeError({ file, line, src, reason })
}

/** The code of a fault of the file system. */
const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined

const found = function* (include: Include, { cacheDir, glob, maxBytes, root }: Place): Asking<string> {
  const fail = (reason: IncludeError["reason"], path?: string): IncludeError =>
    new IncludeError({
      file: include.file,
      line: include.line,
      src: include.src,
      reason,
      // what the source itself says needs no second naming
      ...(path === undefined || path === pattern ? {} : { path })
    })

  const pattern = include.src.replaceAll(/\/+/g, "/").replace(/^(\.\/)+/, "")
  const realRoot = yield* realPath(root)
  if (leavesRoot(pattern)) throw fail("outside-project")
  if (pattern === "" || pattern.includes("\0")) throw fail("no-match")

  const plain = yield* plainPath(realRoot, pattern)
  // Checked before the walk: a link to "/" must not be walked to find out that it leads outside.
  const start = plain === "pattern" ? fixedPart(pattern) : pattern
  if (!isInside(realRoot, yield* realPath(Path.join(realRoot, start)))) throw fail("outside-project", start)
  const candidates = plain === "file" ? [pattern] : yield* expand(realRoot, plain, pattern, glob)
  const ignored = yield* gitIgnored(realRoot)
  const paths: Array<string> = []
  for (const path of candidates) {
    if (!alwaysLeftOut(path, cacheDir) && !(yield* ignored(path))) paths.push(path)
  }
  const files: Array<Found> = []
  for (const path of paths.sort(byCodeUnit)) {
    const file = yield* locate(realRoot, path)
    if (file === "outside") throw fail("outside-project", path)
    if (file !== "no-file") files.push(file)
  }
  if (files.length === 0) throw fail("no-match")

  if (include.content === "names") {
    const names = files.map((file) => printable(file.path)).join("\n")
    if (Buffer.byteLength(names) > maxBytes) throw fail("too-large")
    return names
  }
  // Sizes are looked at before anything is read: a huge file costs nothing but its stat.
  if (files.reduce((sum, file) => sum + file.size, 0) > maxBytes) throw fail("too-large")
  const contents = yield* bytesOf(files.map((file) => file.real))
  if (contents.reduce((sum, bytes) => sum + bytes.length, 0) > maxBytes) throw fail("too-large")
  const [only] = contents
  if (plain === "file" && only !== undefined) {
    if (isBinary(only)) throw fail("binary")
    const text = decodeUtf8(only)
    if (text === undefined) throw fail("not-utf8")
    return text
  }
  return files.map((file, index) => section(file.path, contents[index] ?? Buffer.alloc(0))).join("\n\n")
}

/** Files under `root` that the pattern means; a folder means everything in it. */
const expand = function* (
  root: string,
  plain: "folder" | "pattern",
  pattern: string,
  glob: Place["glob"]
): Asking<ReadonlyArray<string>> {
  const walk = plain === "folder" ? walkIn(pattern) : walkOf(pattern)
  return walk === undefined ? yield* ask(glob(root, plain, pattern)) : yield* walked(root, walk)
}

/** Whether the source names one thing that is there, whatever characters it has, rather than a pattern. */
const plainPath = function* (root: string, pattern: string): Asking<"file" | "folder" | "pattern"> {
  const stat = yield* statOf(Path.join(root, pattern))
  return stat === undefined ? "pattern" : stat.isDirectory() ? "folder" : "file"
}

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

const isInside = (root: string, real: string): boolean =>
  real === root || real.startsWith(root.endsWith(Path.sep) ? root : root + Path.sep)

/** The file at a path that was found; a link may have taken the place of one. */
const locate = function* (root: string, path: string): Asking<Found | "outside" | "no-file"> {
  const real = yield* leadsTo(Path.join(root, path))
  if (real === undefined) return "no-file"
  const stat = yield* statOf(real)
  if (stat?.isDirectory() === true) return "no-file"
  if (!isInside(root, real)) return "outside"
  return stat?.isFile() === true ? { path, real, size: stat.size } : "no-file"
}

/** Where a path really leads; undefined for a link that leads nowhere, or to itself. */
const leadsTo = function* (path: string): Asking<string | undefined> {
  try {
    return yield* realPath(path)
  } catch (cause) {
    if (nowhere.has(codeOf(cause) ?? "")) return undefined
    throw cause
  }
}

const nowhere = new Set(["ENOENT", "ENOTDIR", "ELOOP"])

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
