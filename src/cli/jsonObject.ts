/** JSON as it is typed. What is wrong with it is not quoted: it may be anything. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { JsonObject } from "../domain/Json.js"
import { UsageError } from "./UsageError.js"

/** `what` begins the message; `example` is how to write it. */
export const jsonObject = (
  text: string,
  what: string,
  example: string
): Effect.Effect<JsonObject, UsageError> =>
  Effect.suspend(() => {
    try {
      const value: unknown = JSON.parse(text)
      if (isJsonObject(value)) return Effect.succeed(value)
    } catch {
      // answered below, as any other value that is no object
    }
    return new UsageError({ problem: `${what} is not a JSON object`, fix: `Write it as in ${example}.` })
  })

/** The value of an option that is a JSON object, if it was given. */
export const jsonOption = (
  text: Option.Option<string>,
  flag: string,
  example = '{"key":"value"}'
): Effect.Effect<JsonObject | undefined, UsageError> =>
  Option.match(text, {
    onNone: () => Effect.succeed(undefined),
    onSome: (given) => jsonObject(given, flag, `${flag} '${example}'`)
  })

const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)
