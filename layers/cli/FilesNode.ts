/** The command's own files, on the real file system. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
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

const readFile = (
  path: string,
  maxBytes: number,
  what: string
): Effect.Effect<Buffer, PromptTooLarge | UsageError> =>
  Effect.suspend(() => {
    const refuse = (cause: unknown): UsageError => {
      const code = codeOf(cause)
      const [problem, fix] =
        code === "ENOENT"
          ? [`There is no file "${path}"`, "Check the path; it is relative to the current folder."]
          : code === "EISDIR"
            ? [`"${path}" is a folder`, `Name a ${what} file in it.`]
            : [`"${path}" cannot be read (${code})`, "Check its permissions."]
      return new UsageError({ problem, fix })
    }
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

/** Written beside its place and linked into it: the file appears whole, and only where there was none. */
const create = async (path: string, text: string): Promise<boolean> => {
  makeFolder(Path.dirname(path))
  const draft = `${path}.${randomUUID()}.tmp`
  try {
    const handle = await NodeFs.promises.open(draft, "wx", 0o644)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await NodeFs.promises.link(draft, path)
    return true
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false
    throw cause
  } finally {
    await NodeFs.promises.rm(draft, { force: true })
  }
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
  exists: (path) => Effect.sync(() => NodeFs.existsSync(path)),
  create: (path, text) =>
    Effect.uninterruptible(
      Effect.tryPromise({
        try: () => create(path, text),
        catch: (cause) =>
          new StoreError({ operation: `create ${path}`, reason: reasons.get(codeOf(cause)) ?? "io", cause })
      })
    )
})

export const layer: Layer.Layer<Files> = Layer.sync(Files, () => make(process.cwd(), () => process.stdin))
