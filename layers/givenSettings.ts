/**
 * What is given for the settings of this run, by aegis.config.json, the environment and flags, and what that makes of
 * them. The schema is not needed for it: why a value is none is for ConfigFile to tell.
 */
import * as Either from "effect/Either"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { nearest } from "../src/domain/nearest.js"
import type { AegisConfig, Origin, Settings } from "../src/services/AegisConfig.js"
import { ConfigInvalid } from "../src/services/AegisConfig.js"
import { holdsProject, holdsProjectProblem } from "../src/services/cacheFolder.js"
import type { SettingName } from "../src/services/settingNames.js"
import { flagOf, isSetting, settingNames, variableOf } from "../src/services/settingNames.js"
import { defaults, isValueOf } from "../src/services/settingValues.js"
import { placeOf, syntaxErrorOffset, topLevelKeys } from "./jsonPlaces.js"

export const configFileName = "aegis.config.json"

/** Where to look. `flags` are values from a command line, unchecked. */
export interface Sources {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly flags: { readonly [K in SettingName]?: unknown }
}

/** One value with where it stands. A value from the environment is text that may mean a number, a list or an object. */
export interface Given {
  readonly key: SettingName
  readonly readings: ReadonlyArray<unknown>
  readonly origin: Origin
  readonly place?: { readonly line: number; readonly column: number }
}

/** The project's root for a folder in it. */
export const findRoot = (cwd: string): string => {
  for (let at = Path.resolve(cwd); ; at = Path.dirname(at)) {
    if ([configFileName, ".git", "package.json"].some((name) => Fs.existsSync(Path.join(at, name)))) return at
    if (at === Path.dirname(at)) return Path.resolve(cwd)
  }
}

const fromFile = (root: string): Either.Either<ReadonlyArray<Given>, ConfigInvalid> => {
  const file = Path.join(root, configFileName)
  const refuse = (
    key: string,
    problem: string,
    fix: string,
    place?: Given["place"]
  ): Either.Either<never, ConfigInvalid> =>
    Either.left(new ConfigInvalid({ origin: configFileName, key, problem, fix, ...place }))

  let text: string
  try {
    text = Fs.readFileSync(file, "utf8").replace(/^\uFEFF/, "")
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined
    return code === "ENOENT"
      ? Either.right([])
      : refuse("", `cannot be read (${String(code)})`, `Check the permissions of ${file}.`)
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    return refuse(
      "",
      "is not JSON",
      "Mend it at this place; JSON has no comments and no trailing commas.",
      placeOf(text, syntaxErrorOffset(text, cause))
    )
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return refuse("", "is not a JSON object", "Write { } with settings in it.", { line: 1, column: 1 })
  }
  const values = new Map<string, unknown>(Object.entries(parsed))
  const given: Array<Given> = []
  const seen = new Set<string>()
  for (const { key, offset } of topLevelKeys(text)) {
    const place = placeOf(text, offset)
    if (seen.has(key)) return refuse(key, "stands twice", "Keep one of them.", place)
    seen.add(key)
    if (key === "$schema") continue
    if (!isSetting(key)) {
      const meant = nearest(key, settingNames)
      const fix =
        meant === undefined
          ? "Remove it; `aegis schema AegisConfig` lists the settings."
          : `Did you mean "${meant}"? \`aegis schema AegisConfig\` lists the settings.`
      return refuse(key, "is not a setting", fix, place)
    }
    given.push({ key, readings: [values.get(key)], origin: configFileName, place })
  }
  return Either.right(given)
}

/** The object or the list of objects that a text is. */
const objectsIn = (text: string): ReadonlyArray<unknown> => {
  if (!/^\s*[{[]/.test(text)) return []
  try {
    return [JSON.parse(text)]
  } catch {
    return []
  }
}

const fromEnvironment = (env: Sources["env"]): ReadonlyArray<Given> =>
  settingNames.flatMap((key) => {
    const text = env[variableOf(key)]
    // As everywhere in shells, an empty variable is one that is not set.
    if (text === undefined || text.trim() === "") return []
    const list = text.split(",").map((item) => item.trim())
    return [
      {
        key,
        readings: [...objectsIn(text), text, ...(Number.isNaN(Number(text)) ? [] : [Number(text)]), list],
        origin: variableOf(key)
      }
    ]
  })

const fromFlags = (flags: Sources["flags"]): ReadonlyArray<Given> =>
  settingNames.flatMap((key) => {
    const value = flags[key]
    return value === undefined ? [] : [{ key, readings: [value], origin: flagOf(key) }]
  })

/** Where a path really leads, links followed; as it is written where there is nothing yet. */
const realOr = (path: string): string => {
  try {
    return Fs.realpathSync.native(path)
  } catch {
    return path
  }
}

/** Whether the cache would lie around the project instead of in a folder of its own. */
const misplacesCache = (root: string, { key }: Given, value: unknown): boolean =>
  key === "cacheDir" &&
  typeof value === "string" &&
  (holdsProject(root, value) || holdsProject(realOr(root), realOr(Path.resolve(root, value))))

/**
 * The settings from these sources. Every value is checked by itself; `explain` says of the first one that is none what is
 * wrong with it.
 */
export const settingsFrom = (
  sources: Sources,
  explain: (given: Given) => ConfigInvalid
): Either.Either<AegisConfig["Type"], ConfigInvalid> => {
  const root = findRoot(sources.cwd)
  return Either.flatMap(fromFile(root), (file): Either.Either<AegisConfig["Type"], ConfigInvalid> => {
    const values: Partial<Record<SettingName, unknown>> = {}
    const origins = new Map<SettingName, Origin>(settingNames.map((name) => [name, "default"]))
    for (const given of [...file, ...fromEnvironment(sources.env), ...fromFlags(sources.flags)]) {
      const value = given.readings.find((reading) => isValueOf(given.key, reading))
      if (value === undefined) return Either.left(explain(given))
      if (misplacesCache(root, given, value)) {
        return Either.left(
          new ConfigInvalid({ origin: given.origin, ...holdsProjectProblem, ...given.place })
        )
      }
      values[given.key] = value
      origins.set(given.key, given.origin)
    }
    // each value was found to be one of its setting, and what must be there has a default
    return Either.right({ root, origins, settings: { ...defaults, ...values } as Settings })
  })
}
