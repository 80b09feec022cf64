/** What a replay is to change, as it is typed: `--set KEY=VALUE` over a file of overrides. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { over, Overrides } from "../domain/Overrides.js"
import type { Files } from "./Files.js"
import { jsonInput, textInput } from "./textInput.js"
import { UsageError } from "./UsageError.js"

const decode = Schema.decodeUnknown(Overrides, { onExcessProperty: "error" })

const refused = (problem: string): UsageError =>
  new UsageError({
    problem,
    fix: "Write model=…, provider=…, temperature=…, seed=…, input.NAME=…, block.NAME=…, rulepack.NAME=…, inputs.KIND/NAME.FIELD=… or output.KIND/NAME=…; @FILE as a value reads a file."
  })

/** What is wrong with a value is told by its place; the value may be a prompt. */
const checked = (value: unknown, what: string): Effect.Effect<Overrides, UsageError> =>
  Effect.mapError(decode(value), (error) => {
    const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
    const expected = (issue?.message ?? "").replace(/,? actual .*$/s, "").replace(/^Expected /, "")
    const place = (issue?.path ?? []).map(String).join(".")
    return refused(
      `${what}: ${place} ${issue?._tag === "Unexpected" ? "is not known" : `must be ${expected}`}`
    )
  })

/** JSON where it is that, else the text. */
const jsonOr = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** The part of the overrides that a key and its value are; undefined where there is no such key. */
const partOf = (key: string, text: string): unknown => {
  const dot = key.indexOf(".")
  const group = dot === -1 ? key : key.slice(0, dot)
  const name = dot === -1 ? "" : key.slice(dot + 1)
  const last = name.lastIndexOf(".")
  switch (group) {
    case "model":
    case "provider":
      return dot === -1 ? { [group]: text } : undefined
    case "temperature":
    case "seed":
      return dot === -1 ? { [group]: jsonOr(text) } : undefined
    case "input":
      return name === "" ? undefined : { input: { [name]: jsonOr(text) } }
    case "block":
      return name === "" ? undefined : { blocks: { [name]: text } }
    case "rulepack":
      return name === "" ? undefined : { rulepacks: { [name]: text } }
    case "output":
      return name === "" ? undefined : { outputs: { [name]: jsonOr(text) } }
    case "inputs":
      return last < 1
        ? undefined
        : { inputs: { [name.slice(0, last)]: { [name.slice(last + 1)]: jsonOr(text) } } }
    default:
      return undefined
  }
}

const setting = (word: string): Effect.Effect<Overrides, UsageError, Files> =>
  Effect.gen(function* () {
    const equals = word.indexOf("=")
    const key = word.slice(0, Math.max(0, equals))
    const given = word.slice(equals + 1)
    const text = given.startsWith("@") ? yield* textInput(Option.some(given.slice(1)), "file") : given
    const part = equals < 1 ? undefined : partOf(key, text)
    return part === undefined
      ? yield* refused(`--set ${key === "" ? "has no KEY=VALUE" : `does not know "${key}"`}`)
      : yield* checked(part, `--set ${key}`)
  })

/** Later ones win over earlier ones, and all of them over the file. */
export const overridesInput = (options: {
  readonly set: ReadonlyArray<string>
  readonly overrides: Option.Option<string>
}): Effect.Effect<Overrides, UsageError, Files> =>
  Effect.gen(function* () {
    const file = Option.isNone(options.overrides)
      ? {}
      : yield* Effect.flatMap(jsonInput(options.overrides, "overrides"), (value) =>
          checked(value, "--overrides")
        )
    const settings = yield* Effect.forEach(options.set, setting)
    return settings.reduce((all, each) => over(each, all), file)
  })
