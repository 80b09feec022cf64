/** The packs that come with Aegis: where their folders lie, and those that are code. */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import type { Rulepack } from "../../src/enforce/CodePack.js"

/** The folder of the built-in packs: beside `layers/` in the sources and in `dist/`, beside `bin/` for the command. */
export const builtInFolder = (from: string = import.meta.url): string => {
  const [near, far] = ["../rulepacks", "../../rulepacks"].map((way) => fileURLToPath(new URL(way, from)))
  return near !== undefined && Fs.existsSync(near) ? near : (far ?? "")
}

/** Where the sources of the built-in packs lie, in a copy of Aegis' own repository. */
export const sourcesOf = (folder: string): string => {
  const above = Path.dirname(folder)
  return Path.basename(above) === "dist" ? Path.join(Path.dirname(above), "rulepacks") : folder
}

/** Packs that have a `pack.ts`, by name. Each `import()` stands here as it is, so that the command's bundle holds it. */
export const builtInCode: ReadonlyMap<string, () => Promise<Rulepack>> = new Map([
  // by its name: in the bundle, the default of a chunk is the chunk
  ["prompt", () => import("../../rulepacks/prompt/pack.js").then(({ pack }) => pack)]
])
