/**
 * The patterns that most includes are: a folder, and below it one name with stars, `src/*.ts`, at any depth or everything,
 * `docs/**`. They are expanded here, as the globbing library would; all other patterns are left to it.
 */
import * as Path from "node:path"
import type { Asking } from "./asking.js"
import { listsOf } from "./fileSystem.js"

/** Where to look, how deep, and what to take. Paths are relative to the root, with `/`. */
export interface Walk {
  readonly folder: string
  /** The one folder in it that is entered, where only one can hold something. */
  readonly only?: string
  readonly deep: boolean
  readonly takes: (path: string) => boolean
}

const plainName = /^(?!\.)[\p{L}\p{N}_.-]+$/u
const starred = /^(?!\.)[\p{L}\p{N}_.*-]+$/u

/** The walk that finds what a pattern means; undefined where the pattern is not one of the simple ones. */
export const walkOf = (pattern: string): Walk | undefined => {
  const parts = pattern.split("/")
  const last = parts.pop() ?? ""
  if (last === "**" && parts.length > 0) {
    return parts.every((part) => plainName.test(part)) ? walkIn(parts.join("/")) : undefined
  }
  const deep = parts.at(-1) === "**"
  if (deep) parts.pop()
  if (!parts.every((part) => plainName.test(part)) || !starred.test(last) || last.includes("**"))
    return undefined
  const name = new RegExp(`^(?!\\.)${last.replaceAll(".", "\\.").replaceAll("*", ".*")}$`, "su")
  return { folder: parts.join("/"), deep, takes: (path) => name.test(path.slice(path.lastIndexOf("/") + 1)) }
}

/**
 * Everything in a folder, but what starts with a dot; undefined where a part of its own path does. A file or a link in its
 * place is taken itself: links are not followed.
 */
export const walkIn = (path: string): Walk | undefined => {
  const whole = Path.posix.normalize(path).replace(/^\.$|\/$/g, "")
  if (hidden.test(whole)) return undefined
  const takes = (file: string): boolean => !hidden.test(file.slice(file.lastIndexOf("/") + 1))
  if (whole === "") return { folder: "", deep: true, takes }
  return {
    folder: Path.posix.dirname(whole).replace(/^\.$/, ""),
    only: Path.posix.basename(whole),
    deep: true,
    takes: (file) => file === whole || (file.startsWith(`${whole}/`) && takes(file))
  }
}

const hidden = /(^|\/)\./

/** The files that a walk takes, links among them, in no order. Linked folders are not walked, nor is what git or npm keep. */
export const walked = function* (root: string, walk: Walk): Asking<ReadonlyArray<string>> {
  const found: Array<string> = []
  let folders: ReadonlyArray<string> = [walk.folder]
  for (let depth = 1; folders.length > 0 && (walk.deep || depth === 1); depth++) {
    const lists = yield* listsOf(folders.map((folder) => Path.join(root, folder)))
    const below: Array<string> = []
    lists.forEach((entries, i) => {
      const folder = folders[i] ?? ""
      for (const entry of entries) {
        if (kept.has(entry.name)) continue
        const path = folder === "" ? entry.name : `${folder}/${entry.name}`
        if (entry.isFile() || entry.isSymbolicLink()) {
          if (walk.takes(path)) found.push(path)
        } else if (entry.isDirectory() && mayEnter(walk, depth, entry.name)) {
          below.push(path)
        }
      }
    })
    folders = below
  }
  return found
}

const mayEnter = (walk: Walk, depth: number, name: string): boolean =>
  depth === 1 && walk.only !== undefined ? name === walk.only : !name.startsWith(".")

const kept = new Set([".git", "node_modules"])
