/** What includes ask of the file system. */
import * as Fs from "node:fs"
import { ask, type Asking } from "./asking.js"

export const realPath = (path: string): Asking<string> =>
  ask({ now: () => Fs.realpathSync(path), later: () => Fs.promises.realpath(path) })

/** Undefined where there is nothing, or nothing to be seen. */
export const statOf = (path: string): Asking<Fs.Stats | undefined> =>
  ask({
    now: () => {
      try {
        return Fs.statSync(path, { throwIfNoEntry: false })
      } catch {
        return undefined
      }
    },
    later: () => Fs.promises.stat(path).catch(() => undefined)
  })

/** The text of a small file; undefined where there is none, or none to be read. */
export const textOf = (path: string): Asking<string | undefined> =>
  ask({
    now: () => {
      try {
        return Fs.readFileSync(path, "utf8")
      } catch {
        return undefined
      }
    },
    later: () => Fs.promises.readFile(path, "utf8").catch(() => undefined)
  })

/** How many files are read at a time. */
const together = 8

/** The bytes of the files, in their order. */
export const bytesOf = function* (paths: ReadonlyArray<string>): Asking<ReadonlyArray<Buffer>> {
  const contents: Array<Buffer> = []
  for (let from = 0; from < paths.length; from += together) {
    const some = paths.slice(from, from + together)
    contents.push(
      ...(yield* ask({
        now: () => some.map((path) => Fs.readFileSync(path)),
        later: () => Promise.all(some.map((path) => Fs.promises.readFile(path)))
      }))
    )
  }
  return contents
}

/** What lies in each of these folders; nothing in one that cannot be listed. */
export const listsOf = (folders: ReadonlyArray<string>): Asking<ReadonlyArray<ReadonlyArray<Fs.Dirent>>> =>
  ask({
    now: () =>
      folders.map((folder) => {
        try {
          return Fs.readdirSync(folder, { withFileTypes: true })
        } catch {
          return []
        }
      }),
    later: () =>
      Promise.all(
        folders.map((folder) => Fs.promises.readdir(folder, { withFileTypes: true }).catch(() => []))
      )
  })
