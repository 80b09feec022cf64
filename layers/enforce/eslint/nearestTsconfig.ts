/** Where a file's types would come from. */
import { existsSync } from "node:fs"
import * as nodePath from "node:path"

/** The tsconfig.json nearest to a file, as far up as the project's root; both paths are from there, with `/`. */
export const nearestTsconfig = (root: string, path: string): string | undefined => {
  const parts = path.split("/")
  while (parts.pop() !== undefined) {
    const candidate = [...parts, "tsconfig.json"].join("/")
    if (existsSync(nodePath.join(root, candidate))) return candidate
  }
  return undefined
}
