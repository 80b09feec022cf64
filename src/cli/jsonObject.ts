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
    const refused = (): UsageError =>
      new UsageError({ problem: `${what} is not a JSON object`, fix: `Write it as in ${example}.` })
    return Effect.try({ try: (): unknown => JSON.parse(text), catch: refused }).pipe(
      Effect.filterOrFail(isJsonObject, refused)
    )
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
