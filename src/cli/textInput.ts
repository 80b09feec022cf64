/** What a command reads from a file or from stdin besides a prompt: a state, an artifact, an export. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { JsonObject } from "../domain/Json.js"
import { Files } from "./Files.js"
import { jsonObject } from "./jsonObject.js"
import { UsageError } from "./UsageError.js"
import { bytes } from "./views/format.js"

/** A text can be no longer than about twice as much. */
const mostBytes = 256 * 1024 * 1024

/** The path that was given, or `-` for stdin; `what` is what should lie there, in one word. */
export const inputPath = (
  file: Option.Option<string>,
  stdinIsTerminal: boolean,
  what: string
): Effect.Effect<string, UsageError> => {
  if (Option.isNone(file)) {
    return stdinIsTerminal
      ? new UsageError({ problem: `No ${what} is given`, fix: `Name a file, or pipe a ${what} into stdin.` })
      : Effect.succeed("-")
  }
  return Effect.as(operand(file.value, "a file of that name is written ./-name."), file.value)
}

/** The parser hands over an option without its value, and one that it does not know, as if it were an argument. */
export const operand = (word: string, otherwise = ""): Effect.Effect<string, UsageError> =>
  word.startsWith("-") && word !== "-"
    ? new UsageError({
        problem: `"${word}" is no option of this command, or its value is missing`,
        fix: `\`aegis COMMAND --help\` lists what a command takes${otherwise === "" ? "." : `; ${otherwise}`}`
      })
    : Effect.succeed(word)

/** The text of the file, or of stdin. */
export const textInput = (
  file: Option.Option<string>,
  what: string
): Effect.Effect<string, UsageError, Files> =>
  Effect.gen(function* () {
    const files = yield* Files
    const path = yield* inputPath(file, Option.isNone(file) && files.stdinIsTerminal, what)
    return yield* files.read(path, mostBytes, what).pipe(
      Effect.catchTag(
        "PromptTooLarge",
        (error) =>
          new UsageError({
            problem: `${error.what} is ${bytes(error.bytes)}`,
            fix: `A ${what} may have ${bytes(mostBytes)}: split it.`
          })
      )
    )
  })

/** A JSON object from the file, or from stdin. */
export const jsonInput = (
  file: Option.Option<string>,
  what: string
): Effect.Effect<JsonObject, UsageError, Files> =>
  Effect.flatMap(textInput(file, what), (text) => jsonObject(text, `The ${what}`, '{"step":1}'))
