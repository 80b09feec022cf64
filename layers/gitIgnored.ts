/**
 * What git ignores, by the `.gitignore` files of a repository alone: the machine's own excludes do not count, so that
 * every clone gives the same answer.
 */
import ignore from "ignore"
import type { Ignore } from "ignore"
import { promises as Fs } from "node:fs"
import * as Path from "node:path"

/**
 * Tells of a file's path, relative to `root` with `/` between its parts, whether git ignores it. Each folder's rules are
 * read once. As in git, deeper rules win over higher ones, and nothing inside an ignored folder can be asked back.
 */
export const gitIgnored = (root: string): ((path: string) => Promise<boolean>) => {
  const rules = new Map<string, Promise<Ignore | undefined>>()
  const verdicts = new Map<string, Promise<boolean>>()

  const rulesOf = (folder: string): Promise<Ignore | undefined> => {
    const known = rules.get(folder)
    if (known !== undefined) return known
    const read = Fs.readFile(Path.join(folder, ".gitignore"), "utf8").then(
      (text) => ignore().add(text),
      () => undefined
    )
    rules.set(folder, read)
    return read
  }

  /** The verdict on one path by itself: the nearest folder whose rules speak of it decides. */
  const verdict = async (top: string, path: string, folder: boolean): Promise<boolean> => {
    for (let at = Path.dirname(path); ; at = Path.dirname(at)) {
      const relative = Path.relative(at, path).split(Path.sep).join("/")
      const { ignored, unignored } = (await rulesOf(at))?.test(folder ? `${relative}/` : relative) ?? nothing
      if (ignored) return true
      if (unignored || at === top || at === Path.dirname(at)) return false
    }
  }

  const folderIgnored = (top: string, folder: string): Promise<boolean> => {
    if (folder === top || folder === Path.dirname(folder)) return Promise.resolve(false)
    const known = verdicts.get(folder)
    if (known !== undefined) return known
    const found = folderIgnored(top, Path.dirname(folder)).then(
      (above) => above || verdict(top, folder, true)
    )
    verdicts.set(folder, found)
    return found
  }

  // A project inside an ignored folder of another repository is a project of its own.
  const highest = repositoryOf(root).then(async (top) => {
    if (!(await folderIgnored(top, root))) return top
    verdicts.clear()
    return root
  })
  return async (path) => {
    const top = await highest
    const file = Path.join(root, path)
    return (await folderIgnored(top, Path.dirname(file))) || verdict(top, file, false)
  }
}

const nothing = { ignored: false, unignored: false }

/** The folder upwards that holds `.git`, whose rules reach down to the root; the root itself where there is none. */
const repositoryOf = async (root: string): Promise<string> => {
  for (let at = root; ; at = Path.dirname(at)) {
    const found = await Fs.access(Path.join(at, ".git")).then(
      () => true,
      () => false
    )
    if (found) return at
    if (at === Path.dirname(at)) return root
  }
}
