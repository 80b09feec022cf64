/**
 * The settings of this run: flags over environment (`AEGIS_*`) over aegis.config.json over defaults, each value with its
 * origin. The file lies in the project's root, the nearest folder upwards that holds aegis.config.json, .git or
 * package.json; without any of them the root is the folder where the search began.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs"
import * as Path from "node:path"
import type { Origin, SettingName } from "../src/services/AegisConfig.js"
import {
  AegisConfig,
  ConfigInvalid,
  flagOf,
  settingNames,
  Settings,
  variableOf
} from "../src/services/AegisConfig.js"
import { nearest } from "../src/cli/nearest.js"
import { placeOf, syntaxErrorOffset, topLevelKeys } from "./jsonPlaces.js"

export const configFileName = "aegis.config.json"

/** Where to look. `flags` are values from a command line, unchecked. */
export interface Sources {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly flags: { readonly [K in SettingName]?: unknown }
}

/** One value with where it stands. A value from the environment is text that may mean a number or a list. */
interface Given {
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

const decode = Schema.decodeUnknownEither(Settings)
const isSetting = (key: string): key is SettingName => Object.hasOwn(Settings.fields, key)

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

const fromEnvironment = (env: Sources["env"]): ReadonlyArray<Given> =>
  settingNames.flatMap((key) => {
    const text = env[variableOf(key)]
    // As everywhere in shells, an empty variable is one that is not set.
    if (text === undefined || text.trim() === "") return []
    const list = text.split(",").map((item) => item.trim())
    return [
      {
        key,
        readings: [text, ...(Number.isNaN(Number(text)) ? [] : [Number(text)]), list],
        origin: variableOf(key)
      }
    ]
  })

const fromFlags = (flags: Sources["flags"]): ReadonlyArray<Given> =>
  settingNames.flatMap((key) => {
    const value = flags[key]
    return value === undefined ? [] : [{ key, readings: [value], origin: flagOf(key) }]
  })

/** What is expected of a setting, in words; its value is not quoted. */
const expectation = (error: ParseResult.ParseError): string => {
  const expected = ParseResult.ArrayFormatter.formatErrorSync(error)
    .map(({ message }) => message.replace(/, actual .*$/s, "").replace(/^Expected /, ""))
    // that a setting may be left out is the fix's business
    .filter((words) => words !== "undefined")
  return `must be ${[...new Set(expected)].join(" or ")}`
}

const read = (given: Given): Either.Either<unknown, ConfigInvalid> => {
  let problem = ""
  for (const reading of given.readings) {
    const decoded = decode({ [given.key]: reading })
    if (Either.isRight(decoded)) return Either.right(reading)
    problem ||= expectation(decoded.left)
  }
  const fix = "Correct it, or leave it out for the default."
  return Either.left(
    new ConfigInvalid({ origin: given.origin, key: given.key, problem, fix, ...given.place })
  )
}

/** Reads and merges all sources. Every value is checked by itself, so that an error names where that value stands. */
export const loadConfig = (sources: Sources): Either.Either<AegisConfig["Type"], ConfigInvalid> =>
  Either.gen(function* () {
    const root = findRoot(sources.cwd)
    const all = [...(yield* fromFile(root)), ...fromEnvironment(sources.env), ...fromFlags(sources.flags)]
    const merged: Partial<Record<SettingName, unknown>> = {}
    const origins = new Map<SettingName, Origin>(settingNames.map((key) => [key, "default"]))
    for (const given of all) {
      merged[given.key] = yield* read(given)
      origins.set(given.key, given.origin)
    }
    // each value decoded by itself, and no setting depends on another
    return { root, origins, settings: Schema.decodeUnknownSync(Settings)(merged) }
  })

/** The settings from these sources, read once when the layer is built. */
export const layer = (sources: Sources): Layer.Layer<AegisConfig, ConfigInvalid> =>
  Layer.effect(
    AegisConfig,
    Effect.suspend(() => loadConfig(sources))
  )
