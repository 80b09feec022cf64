/** The command's own files, on the real file system. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { randomUUID } from "node:crypto"
import * as NodeFs from "node:fs"
import * as Path from "node:path"
import type { Readable } from "node:stream"
import { Files } from "../../src/cli/Files.js"
import { UsageError } from "../../src/cli/UsageError.js"
import { PromptTooLarge } from "../../src/domain/PromptErrors.js"
import { StoreError } from "../../src/domain/StoreErrors.js"
import { makeFolder } from "../folders.js"

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "unknown"

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const decode = (bytes: Buffer, what: string): Effect.Effect<string, UsageError> =>
  Effect.try({
    try: () => utf8.decode(bytes),
    catch: () =>
      new UsageError({ problem: `${what} is not UTF-8 text`, fix: "Convert it, or name another file." })
  })

/** Everything that comes, up to the limit: a stream without end is not waited for. */
const readStream = (
  input: Readable,
  maxBytes: number,
  what: string
): Effect.Effect<Buffer, PromptTooLarge | UsageError> =>
  Effect.async((resume, signal) => {
    const chunks: Array<Buffer> = []
    let bytes = 0
    const stop = (): void => {
      input.off("data", onData).off("end", onEnd).off("error", onError)
      input.pause()
    }
    const onData = (chunk: Buffer | string): void => {
      const data = typeof chunk === "string" ? Buffer.from(chunk) : chunk
      bytes += data.length
      chunks.push(data)
      if (bytes <= maxBytes) return
      stop()
      resume(Effect.fail(new PromptTooLarge({ what: `The ${what} on stdin`, bytes, limit: maxBytes })))
    }
    const onEnd = (): void => {
      stop()
      resume(Effect.succeed(Buffer.concat(chunks)))
    }
    const onError = (cause: unknown): void => {
      stop()
      resume(
        Effect.fail(
          new UsageError({
            problem: `stdin cannot be read (${codeOf(cause)})`,
            fix: `Pipe a ${what} into it.`
          })
        )
      )
    }
    input.on("data", onData).on("end", onEnd).on("error", onError)
    signal.addEventListener("abort", stop)
  })

/** Why a file cannot be read. */
const refusal =
  (path: string, what = "prompt") =>
  (cause: unknown): UsageError => {
    const code = codeOf(cause)
    const [problem, fix] =
      code === "ENOENT"
        ? [`There is no file "${path}"`, "Check the path; it is relative to the current folder."]
        : code === "EISDIR"
          ? [`"${path}" is a folder`, `Name a ${what} file in it.`]
          : [`"${path}" cannot be read (${code})`, "Check its permissions."]
    return new UsageError({ problem, fix })
  }

const readFile = (
  path: string,
  maxBytes: number,
  what: string
): Effect.Effect<Buffer, PromptTooLarge | UsageError> =>
  Effect.suspend(() => {
    const refuse = refusal(path, what)
    return Effect.flatMap(Effect.try({ try: () => NodeFs.statSync(path), catch: refuse }), (stat) =>
      stat.size > maxBytes
        ? Effect.fail(new PromptTooLarge({ what: `"${path}"`, bytes: stat.size, limit: maxBytes }))
        : stat.isFile() || stat.isDirectory()
          ? // a prompt is small and a command waits for it: the thread pool would only add its own latency
            Effect.try({ try: () => NodeFs.readFileSync(path), catch: refuse })
          : // a pipe, as in <(command): it has no size to be checked by
            Effect.suspend(() => readStream(NodeFs.createReadStream(path), maxBytes, what))
    )
  })

/**
 * Written beside its place and put there by `place`: by default it is linked into it, so that the file appears whole, and only where
 * there was none. Gives what `fill` gives, or nothing when it was not put there.
 */
const createWhole = <A, E, R>(
  path: string,
  mode: number,
  fill: (handle: NodeFs.promises.FileHandle) => Effect.Effect<A, E | StoreError, R>,
  place: (draft: string, path: string) => Promise<boolean> = link
): Effect.Effect<Option.Option<A>, E | StoreError, R> => {
  const attempt = <B>(body: () => Promise<B>): Effect.Effect<B, StoreError> =>
    Effect.tryPromise({ try: body, catch: storeError(path) })
  const draft = `${path}.${randomUUID()}.tmp`
  return Effect.acquireUseRelease(
    attempt(() => {
      makeFolder(Path.dirname(path))
      return NodeFs.promises.open(draft, "wx", mode)
    }),
    (handle) =>
      Effect.gen(function* () {
        const made = yield* fill(handle)
        const isThere = yield* attempt(async () => {
          await handle.sync()
          return place(draft, path)
        })
        return isThere ? Option.some(made) : Option.none()
      }),
    (handle) =>
      Effect.promise(async () => {
        await handle.close()
        await NodeFs.promises.rm(draft, { force: true })
      })
  )
}

/** False when there is one. */
const link = async (draft: string, path: string): Promise<boolean> => {
  try {
    await NodeFs.promises.link(draft, path)
    return true
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false
    throw cause
  }
}

/** False when the file is no longer what it was. */
const putInPlaceOf =
  (was: string | undefined) =>
  async (draft: string, path: string): Promise<boolean> => {
    if (was !== undefined && (await NodeFs.promises.readFile(path, "utf8")) !== was) return false
    await NodeFs.promises.rename(draft, path)
    return true
  }

/** Where a file lies, behind all links, and who may do what with it; one that is not there yet is for its owner alone. */
const standing = (path: string): { readonly file: string; readonly mode: number } => {
  const stat = NodeFs.statSync(path, { throwIfNoEntry: false })
  return stat === undefined
    ? { file: path, mode: 0o600 }
    : { file: NodeFs.realpathSync(path), mode: stat.mode & 0o777 }
}

const storeError =
  (path: string) =>
  (cause: unknown): StoreError =>
    new StoreError({ operation: `create ${path}`, reason: reasons.get(codeOf(cause)) ?? "io", cause })

const writeTo = (
  handle: NodeFs.promises.FileHandle,
  path: string,
  part: string | Uint8Array
): Effect.Effect<number, StoreError> =>
  Effect.tryPromise({
    try: () => writeAll(handle, typeof part === "string" ? Buffer.from(part) : part),
    catch: storeError(path)
  })

/** A write may take less than it was given. */
const writeAll = async (handle: NodeFs.promises.FileHandle, bytes: Uint8Array): Promise<number> => {
  for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at)).bytesWritten
  return bytes.length
}

const reasons = new Map<string, StoreError["reason"]>([
  ["ENOSPC", "full"],
  ["EACCES", "read-only"],
  ["EPERM", "read-only"],
  ["EROFS", "read-only"]
])

/** `stdin` is asked for only when it is needed: setting it up takes longer than reading a prompt. */
export const make = (cwd: string, stdin: () => Readable & { readonly isTTY?: boolean }): Files["Type"] => ({
  cwd,
  get stdinIsTerminal() {
    return stdin().isTTY === true
  },
  read: (path, maxBytes, what = "prompt") =>
    path === "-"
      ? Effect.flatMap(readStream(stdin(), maxBytes, what), (bytes) => decode(bytes, `The ${what} on stdin`))
      : Effect.flatMap(readFile(Path.resolve(cwd, path), maxBytes, what), (bytes) =>
          decode(bytes, `"${path}"`)
        ),
  exists: (path) => Effect.sync(() => NodeFs.existsSync(Path.resolve(cwd, path))),
  create: (path, text) =>
    Effect.uninterruptible(
      Effect.map(
        createWhole(path, 0o644, (handle) => writeTo(handle, path, text)),
        Option.isSome
      )
    ),
  write: (path, parts) => {
    const file = Path.resolve(cwd, path)
    return NodeFs.existsSync(file)
      ? Effect.succeedNone
      : Effect.flatMap(streams, ({ forEachPart }) =>
          createWhole(file, 0o600, (handle) => forEachPart(parts, (part) => writeTo(handle, file, part)))
        )
  },
  replace: (path, parts, was) =>
    Effect.gen(function* () {
      const asked = Path.resolve(cwd, path)
      const { file, mode } = yield* Effect.try({ try: () => standing(asked), catch: storeError(asked) })
      const { forEachPart } = yield* streams
      return yield* createWhole(
        file,
        mode,
        (handle) => forEachPart(parts, (part) => writeTo(handle, file, part)),
        putInPlaceOf(was)
      )
    }),
  lines: (path) =>
    Effect.map(streams, ({ linesOf }) => linesOf(Path.resolve(cwd, path), refusal(Path.resolve(cwd, path))))
})

/** Few commands stream, and what it takes is long to load. */
const streams = Effect.promise(() => import("./fileStreams.js"))

export const layer: Layer.Layer<Files> = Layer.sync(Files, () => make(process.cwd(), () => process.stdin))
