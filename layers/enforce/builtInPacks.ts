/** The packs that come with Aegis: where their folders lie, and those that are code. */
import * as Schema from "effect/Schema"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { Hash } from "../../src/domain/Hash.js"
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

/**
 * The hash of a pack's sources, which the build leaves beside what it made of them: compiled code is other bytes, and the same
 * release of a pack has one hash wherever it runs. Undefined in the sources, and for packs without code, whose files are the
 * same in both.
 */
export const hashOfBuild = (folder: string): Hash | undefined => {
  try {
    const text = Fs.readFileSync(Path.join(folder, ".hash"), "utf8").trim()
    return Schema.is(Hash)(text) ? text : undefined
  } catch {
    return undefined
  }
}

/** Packs that have a `pack.ts`, by name. Each `import()` stands here as it is, so that the command's bundle holds it. */
export const builtInCode: ReadonlyMap<string, () => Promise<Rulepack>> = new Map([
  // by its name: in the bundle, the default of a chunk is the chunk
  ["prompt", () => import("../../rulepacks/prompt/pack.js").then(({ pack }) => pack)]
])
