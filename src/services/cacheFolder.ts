/**
 * Which folder may be the cache's. It is ignored by git as a whole and deleted without a thought, so it must not hold
 * the project.
 */
import * as Path from "node:path"

/** Whether a folder is the project's root or above it. Both are paths; the folder's is relative to the root. */
export const holdsProject = (root: string, folder: string): boolean => {
  const down = Path.relative(Path.resolve(root, folder), Path.resolve(root))
  return down === "" || !(down === ".." || down.startsWith(`..${Path.sep}`) || Path.isAbsolute(down))
}

/** What is wrong with such a folder, for a ConfigInvalid. */
export const holdsProjectProblem = {
  key: "cacheDir",
  problem: "is the project's root or a folder above it",
  fix: 'Name a folder for the cache alone, as ".aegis" is.'
} as const
