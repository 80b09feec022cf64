/** Stdout as the command writes to it, and how text may look there. */
import * as Fs from "node:fs"
import type { exitCodes } from "../../src/cli/exitCode.js"
import type { Style } from "../../src/cli/views/Style.js"

/** A table takes no less, in columns. */
const narrowest = 20

/** How text may look on a stream: NO_COLOR and FORCE_COLOR are honoured, and what is no terminal gets no colour. */
export const styleOf = (
  stream: { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined },
  env: Readonly<Record<string, string | undefined>>
): Style => {
  const forced = env["FORCE_COLOR"]
  const asked = forced !== undefined && forced !== "" && forced !== "0"
  const refused = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb" || forced === "0"
  const terminal = stream.isTTY === true
  // one that does not know its width says 0
  const columns = stream.columns === undefined || stream.columns === 0 ? 80 : stream.columns
  return {
    color: !refused && (asked || terminal),
    width: terminal ? Math.max(narrowest, columns) : 120
  }
}

/** Takes text, and says when it is handed over or why it cannot be. */
export interface Sink {
  readonly write: (text: string, done: (error?: Error | null) => void) => unknown
}

/** As shells report a program that wrote to a pipe that nobody reads. */
const brokenPipe = 141
/** By its value, for whoever has no time to load the others. */
const internal: (typeof exitCodes)["internal"] = 6

/** How a reader that went away is told, of a pipe and of a socket. */
const readerGone = new Set(["EPIPE", "ECONNRESET"])
const diskFull = new Set(["ENOSPC", "EDQUOT"])

/**
 * What a write to stdout that failed ends the command with. A reader that went away (`| head`) ends it quietly, as it would
 * end any other; whatever else was lost is said.
 */
export const unwritten = (error: Error): { readonly code: number; readonly lines: ReadonlyArray<string> } => {
  const code = "code" in error ? String(error.code) : "unknown"
  if (readerGone.has(code)) return { code: brokenPipe, lines: [] }
  const fix = diskFull.has(code) ? "The disk is full: free some space." : "Check where it leads."
  return { code: internal, lines: [`aegis: cannot write to standard output (${code}). ${fix}`] }
}

/**
 * Stdout as a sink. A file or a pipe is written to at once, which spares the setting up of Node's stream; a
 * pipe that is full is waited for by that stream.
 */
export const direct = (descriptor: number): Sink & { readonly isTTY: boolean } => ({
  isTTY: false,
  write: (text, done) => {
    const bytes = Buffer.from(text)
    let written = 0
    try {
      while (written < bytes.length) written += Fs.writeSync(descriptor, bytes, written)
    } catch (cause) {
      if (!(cause instanceof Error && "code" in cause && cause.code === "EAGAIN")) {
        return done(cause instanceof Error ? cause : new Error("stdout cannot be written"))
      }
      return streamed(bytes.subarray(written), done)
    }
    done()
  }
})

/** The error comes to the write's own callback; without a listener it would end the process first. */
const streamed = (bytes: Uint8Array, done: (error?: Error | null) => void): void => {
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => {})
  process.stdout.write(bytes, done)
}

const terminal = {
  get isTTY() {
    return process.stdout.isTTY
  },
  get columns() {
    return process.stdout.columns
  },
  write: (text: string, done: (error?: Error | null) => void): void => streamed(Buffer.from(text), done)
}

/** A terminal is a character device; most of what is one is a terminal, and Node tells the rest. */
const isDevice = (): boolean => {
  try {
    return Fs.fstatSync(1).isCharacterDevice()
  } catch {
    return true
  }
}

/** Stdout, and how text may look on it. */
export const open = (): Sink & {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
} => (isDevice() || process.platform === "win32" ? terminal : direct(1))
