/**
 * Opens SQLite files: loads the native driver when it is first needed, prepares the file and its folder so that nobody
 * else can read them, and turns all that can go wrong into a StoreOpenError with a remedy.
 */
import type Database from "better-sqlite3"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { StoreOpenError } from "../../src/domain/StoreErrors.js"
import { makeFolder } from "../folders.js"
import { codeOf } from "./sqlError.js"

export interface OpenOptions {
  /** A path, or `:memory:`. A missing folder is created. */
  readonly filename: string
  readonly readonly?: boolean | undefined
  /** How long SQLite itself waits for a lock, which blocks the event loop: keep it small. Default 100 ms. */
  readonly busyTimeout?: Duration.DurationInput | undefined
  /** The path of `better_sqlite3.node`, for a bundle that cannot find it on its own. */
  readonly nativeBinding?: string | undefined
}

/** A prepared statement. */
export type Statement<Row> = Database.Statement<Array<unknown>, Row>

/**
 * An open connection, closed with the scope. SQLite has not read the file yet: the first query tells whether it is a
 * database.
 *
 * @internal the driver's types stay inside of this folder
 */
export const open = (options: OpenOptions): Effect.Effect<Database.Database, StoreOpenError, Scope.Scope> => {
  const failed = openError(options.filename)
  return Effect.gen(function* () {
    const { default: Sqlite } = yield* Effect.tryPromise({
      try: () => import("better-sqlite3"),
      catch: failed
    })
    const connect = Effect.try({
      try: () => {
        prepareFile(options)
        return new Sqlite(options.filename, {
          readonly: options.readonly === true,
          fileMustExist: options.readonly === true,
          timeout: Duration.toMillis(options.busyTimeout ?? "100 millis"),
          ...(options.nativeBinding === undefined ? {} : { nativeBinding: options.nativeBinding })
        })
      },
      catch: failed
    })
    return yield* Effect.acquireRelease(connect, (database) => Effect.sync(() => database.close()))
  })
}

/** Files that SQLite creates beside the database (`-wal`, `-shm`) inherit its mode, so it is created private. */
const prepareFile = ({ filename, readonly }: OpenOptions): void => {
  if (filename === ":memory:") return
  const folder = Path.dirname(filename)
  if (readonly !== true) {
    makeFolder(folder)
    try {
      Fs.closeSync(Fs.openSync(filename, "wx", 0o600))
    } catch (cause) {
      if (codeOf(cause) !== "EEXIST") throw cause
    }
    Fs.accessSync(folder, Fs.constants.W_OK)
  }
  Fs.accessSync(filename, readonly === true ? Fs.constants.R_OK : Fs.constants.R_OK | Fs.constants.W_OK)
  if (Fs.statSync(filename).isDirectory())
    throw Object.assign(new Error("is a directory"), { code: "EISDIR" })
}

/** The first entry whose beginning matches decides. */
const remedies: ReadonlyArray<readonly [prefix: string, reason: StoreOpenError["reason"], hint: string]> = [
  ["ENOENT", "not-found", "Check the path, or create the store with `aegis init`."],
  ["ENOTDIR", "not-found", "A part of the path is a file: choose another path."],
  ["EEXIST", "not-found", "A part of the path is a file: choose another path."],
  ["EISDIR", "is-a-directory", "Give the path of a file, or remove that folder."],
  ["EACCES", "permission", "Give your user read and write access to the file and its folder."],
  ["EPERM", "permission", "Give your user read and write access to the file and its folder."],
  ["EROFS", "read-only", "Choose a path on a disk that can be written."],
  ["SQLITE_READONLY", "read-only", "Make the file and its folder writable, or choose another path."],
  ["SQLITE_CANTOPEN", "permission", "Give your user read and write access to the file and its folder."],
  ["SQLITE_NOTADB", "not-a-database", "Move that file away, or choose another path."],
  [
    "SQLITE_CORRUPT",
    "corrupt",
    "Restore it from a backup; if it is the cache, delete it, it will be rebuilt."
  ],
  ["SQLITE_BUSY", "busy", "Another process holds the database: end it, or try again."],
  ["SQLITE_FULL", "io", "The disk is full: free some space."],
  ["ENOSPC", "io", "The disk is full: free some space."],
  ["SQLITE_IOERR", "io", "The disk reported an error: check it."],
  [
    "ERR_DLOPEN_FAILED",
    "native-module",
    "Run `npm rebuild better-sqlite3`: it was built for another Node.js."
  ],
  ["ERR_MODULE_NOT_FOUND", "native-module", "Run `npm install better-sqlite3`."],
  [
    "MODULE_NOT_FOUND",
    "native-module",
    "Run `npm rebuild better-sqlite3`, and allow its install script to run."
  ]
]

/** What a failure to open `location` means, with the driver's error as its cause. */
export const openError =
  (location: string) =>
  (cause: unknown): StoreOpenError => {
    // The loader of native modules has no code for "not built": only its message tells.
    const missing = cause instanceof Error && cause.message.startsWith("Could not locate the bindings file")
    const code = missing ? "MODULE_NOT_FOUND" : codeOf(cause)
    const [, reason, hint] = remedies.find(([prefix]) => code.startsWith(prefix)) ?? [
      "",
      "unknown" as const,
      "Run `aegis doctor` to check the installation."
    ]
    return new StoreOpenError({ location, reason, hint, cause })
  }
