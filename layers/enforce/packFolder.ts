/**
 * The folder of a pack: found inside of the project, read once, with limits. What is hashed here is what is read and what
 * is run; nothing is opened again.
 */
import * as Either from "effect/Either"
import { hash } from "node:crypto"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { Hash } from "../../src/domain/Hash.js"

const maxFiles = 256
const maxBytes = 4 * 1024 * 1024
const maxDepth = 8

/** Why a folder, or a file in it (a path from the folder, with `/`; empty for the folder), cannot be used. */
export interface Refused {
  readonly file: string
  readonly problem: string
  readonly fix: string
}

const refuse = (file: string, problem: string, fix: string): Either.Either<never, Refused> =>
  Either.left({ file, problem, fix })

/** The real path, links followed; undefined where there is nothing. */
export const realOf = (path: string): string | undefined => {
  try {
    return Fs.realpathSync.native(path)
  } catch {
    return undefined
  }
}

/** Whether a real path is a folder or lies in it. */
export const isWithin = (folder: string, path: string): boolean => {
  const way = Path.relative(folder, path)
  return way === "" || (way !== ".." && !way.startsWith(`..${Path.sep}`) && !Path.isAbsolute(way))
}

/**
 * The real path of a folder that a project names, which has to lie in the project, links followed. Undefined where there
 * is no such folder.
 */
export const findFolder = (root: string, path: string): Either.Either<string | undefined, Refused> => {
  const parts = path.split(/[/\\]/)
  if (path.includes("\0") || parts.includes("..")) {
    return refuse("", "The path leads upwards", "Name a folder inside of the project, without ../.")
  }
  const realRoot = realOf(root)
  const real = realOf(Path.resolve(root, path))
  if (realRoot === undefined || real === undefined) return Either.right(undefined)
  if (!isWithin(realRoot, real)) {
    return refuse(
      "",
      "The folder lies outside of the project",
      "Copy it into the project; links do not count."
    )
  }
  return Either.right(isFolder(real) ? real : undefined)
}

const isFolder = (path: string): boolean => {
  try {
    return Fs.statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** The bytes of each file of a pack, by its path from the pack's folder with `/`, in the order of the paths. */
export type PackFiles = ReadonlyMap<string, Buffer>

/** Every file in a folder but hidden ones and node_modules. `folder` is a real path. */
export const readFolder = (folder: string): Either.Either<PackFiles, Refused> => {
  const files: Array<readonly [string, Buffer]> = []
  let bytes = 0
  const pending: Array<{ readonly at: string; readonly depth: number }> = [{ at: "", depth: 0 }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { at, depth } = next
    if (depth > maxDepth) return refuse(at, `Folders lie more than ${maxDepth} deep`, "Put them higher up.")
    let names: ReadonlyArray<string>
    try {
      names = Fs.readdirSync(Path.join(folder, at))
    } catch (cause) {
      return refuse(at, `The folder cannot be read (${codeOf(cause)})`, "Check its permissions.")
    }
    for (const name of names) {
      if (name.startsWith(".") || name === "node_modules") continue
      const path = at === "" ? name : `${at}/${name}`
      const real = realOf(Path.join(folder, path))
      if (real === undefined) return refuse(path, "The link leads nowhere", "Take it away.")
      if (!isWithin(folder, real)) {
        return refuse(path, "The link leads out of the pack", "Put a copy of the file in its place.")
      }
      const stat = Fs.statSync(real, { throwIfNoEntry: false })
      if (stat?.isDirectory() === true) {
        pending.push({ at: path, depth: depth + 1 })
        continue
      }
      // what is no plain file (a pipe, a device) might never end
      if (stat?.isFile() !== true) return refuse(path, "It is no file", "Take it away.")
      bytes += stat.size
      if (files.length >= maxFiles) return refuse("", `The pack has more than ${maxFiles} files`, "Split it.")
      if (bytes > maxBytes) return refuse("", `The pack is larger than ${maxBytes} bytes`, "Split it.")
      try {
        files.push([path, Fs.readFileSync(real)])
      } catch (cause) {
        return refuse(path, `It cannot be read (${codeOf(cause)})`, "Check its permissions.")
      }
    }
  }
  return Either.right(new Map(files.sort(([one], [other]) => (one < other ? -1 : 1))))
}

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause ? String(cause.code) : "unknown"

/** The hash of everything in a pack: of the path, the length and the digest of each file, in the order of the paths. */
export const hashOf = (files: PackFiles): Hash => {
  const lines = [...files].map(([path, bytes]) =>
    JSON.stringify([path, bytes.length, hash("sha256", bytes, "hex")])
  )
  return Hash.make(hash("sha256", ["aegis rulepack 1", ...lines].join("\n"), "hex"))
}

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** The text of a file of a pack, without a byte order mark. */
export const textOf = (bytes: Buffer, file: string): Either.Either<string, Refused> => {
  try {
    return Either.right(utf8.decode(bytes))
  } catch {
    return refuse(file, "It is not UTF-8 text", "Save it as UTF-8.")
  }
}
