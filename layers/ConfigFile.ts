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
import { AegisConfig, ConfigInvalid, Settings } from "../src/services/AegisConfig.js"
import type { Given, Sources } from "./givenSettings.js"
import { settingsFrom } from "./givenSettings.js"

export { configFileName, findRoot, type Sources } from "./givenSettings.js"

const decode = Schema.decodeUnknownEither(Settings)

/** What is expected of a setting, in words; its value is not quoted. */
const expectation = (error: ParseResult.ParseError): string => {
  const expected = ParseResult.ArrayFormatter.formatErrorSync(error)
    .map(({ _tag, message, path }) =>
      _tag === "Missing" && typeof path.at(-1) === "number"
        ? "a list with something in it"
        : message.replace(/, actual .*$/s, "").replace(/^Expected /, "")
    )
    // that a setting may be left out is the fix's business
    .filter((words) => words !== "undefined")
  return `must be ${[...new Set(expected)].join(" or ")}`
}

/** What is wrong with a value, each way of reading it having been refused: the first way is told. */
const explain = ({ key, origin, place, readings }: Given): ConfigInvalid => {
  const problems = readings.flatMap((reading) =>
    Either.match(decode({ [key]: reading }), {
      onLeft: (error) => [expectation(error)],
      onRight: () => []
    })
  )
  return new ConfigInvalid({
    origin,
    key,
    problem: problems[0] ?? "is not what it should be",
    fix: "Correct it, or leave it out for the default.",
    ...place
  })
}

/** Reads and merges all sources. Every value is checked by itself, so that an error names where that value stands. */
export const loadConfig = (sources: Sources): Either.Either<AegisConfig["Type"], ConfigInvalid> =>
  settingsFrom(sources, explain)

/** The settings from these sources, read once when the layer is built. */
export const layer = (sources: Sources): Layer.Layer<AegisConfig, ConfigInvalid> =>
  Layer.effect(
    AegisConfig,
    Effect.suspend(() => loadConfig(sources))
  )
