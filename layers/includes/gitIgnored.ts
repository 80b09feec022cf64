/**
 * What git ignores, by the `.gitignore` files of a repository alone: the machine's own excludes do not count, so that
 * every clone gives the same answer.
 */
import ignore from "ignore"
import type { Ignore } from "ignore"
import * as Path from "node:path"
import type { Asking } from "./asking.js"
import { statOf, textOf } from "./fileSystem.js"

/**
 * Tells of a file's path, relative to `root` with `/` between its parts, whether git ignores it. Each folder's rules are
 * read once. As in git, deeper rules win over higher ones, and nothing inside an ignored folder can be asked back.
 */
export const gitIgnored = function* (root: string): Asking<(path: string) => Asking<boolean>> {
  const rules = new Map<string, Ignore | undefined>()
  const verdicts = new Map<string, boolean>()

  const rulesOf = function* (folder: string): Asking<Ignore | undefined> {
    if (rules.has(folder)) return rules.get(folder)
    const text = yield* textOf(Path.join(folder, ".gitignore"))
    const read = text === undefined ? undefined : ignore().add(text)
    rules.set(folder, read)
    return read
  }

  /** The verdict on one path by itself: the nearest folder whose rules speak of it decides. */
  const verdict = function* (top: string, path: string, folder: boolean): Asking<boolean> {
    for (let at = Path.dirname(path); ; at = Path.dirname(at)) {
      const own = yield* rulesOf(at)
      if (own !== undefined) {
        const relative = Path.relative(at, path).split(Path.sep).join("/")
        const { ignored, unignored } = own.test(folder ? `${relative}/` : relative)
        if (ignored) return true
        if (unignored) return false
      }
      if (at === top || at === Path.dirname(at)) return false
    }
  }

  const folderIgnored = function* (top: string, folder: string): Asking<boolean> {
    if (folder === top || folder === Path.dirname(folder)) return false
    const known = verdicts.get(folder)
    if (known !== undefined) return known
    const found = (yield* folderIgnored(top, Path.dirname(folder))) || (yield* verdict(top, folder, true))
    verdicts.set(folder, found)
    return found
  }

  const repository = yield* repositoryOf(root)
  // A project inside an ignored folder of another repository is a project of its own.
  const outcast = yield* folderIgnored(repository, root)
  if (outcast) verdicts.clear()
  const top = outcast ? root : repository
  return function* (path) {
    const file = Path.join(root, path)
    return (yield* folderIgnored(top, Path.dirname(file))) || (yield* verdict(top, file, false))
  }
}

/** The folder upwards that holds `.git`, whose rules reach down to the root; the root itself where there is none. */
const repositoryOf = function* (root: string): Asking<string> {
  for (let at = root; ; at = Path.dirname(at)) {
    if ((yield* statOf(Path.join(at, ".git"))) !== undefined) return at
    if (at === Path.dirname(at)) return root
  }
}
