/**
 * Makes folders one by one. `mkdirSync` with `recursive` tries again without end where the parent is there and still
 * refuses with "not found", as /proc does.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"

const codeOf = (cause: unknown): unknown =>
  cause instanceof Error && "code" in cause ? cause.code : undefined

const refusal = (code: string, message: string, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), { code })

/** The folders of a path that are not there, innermost first, and the nearest one above them that is. */
const missing = (folder: string): { readonly folders: ReadonlyArray<string>; readonly above: string } => {
  const folders: Array<string> = []
  let at = Path.resolve(folder)
  while (!Fs.existsSync(at) && at !== Path.dirname(at)) {
    folders.push(at)
    at = Path.dirname(at)
  }
  return { folders, above: at }
}

/**
 * A folder with all above it, those that are made for their owner alone; whoever makes one at the same time makes it for
 * both. Throws a fault of the file system with its code: EROFS where the disk takes no folder, ENOTDIR where a file is in
 * the way.
 */
export const makeFolder = (folder: string): void => {
  const { above, folders } = missing(folder)
  // mkdir says "not found" where the truth is that the disk cannot be written
  Fs.accessSync(above, Fs.constants.W_OK)
  for (const each of folders.toReversed()) makeOne(each)
  if (!Fs.statSync(folder).isDirectory()) throw refusal("ENOTDIR", `${folder} is no folder`)
}

const makeOne = (folder: string): void => {
  try {
    Fs.mkdirSync(folder, { mode: 0o700 })
  } catch (cause) {
    const code = codeOf(cause)
    if (code === "EEXIST") return
    const parent = Path.dirname(folder)
    throw code === "ENOENT" && Fs.existsSync(parent)
      ? refusal("EROFS", `${parent} takes no folders`, cause)
      : cause
  }
}
