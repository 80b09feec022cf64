/** Numbers that are typed. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { UsageError } from "./UsageError.js"
import { count } from "./views/format.js"

/** The value of an option, which may not be less than `least`; undefined where it was not given. */
export const atLeast = (
  least: number,
  given: Option.Option<number>,
  flag: string
): Effect.Effect<number | undefined, UsageError> => {
  const value = Option.getOrUndefined(given)
  return value !== undefined && value < least
    ? new UsageError({ problem: `${flag} is ${count(value)}`, fix: `Give ${count(least)} or more.` })
    : Effect.succeed(value)
}
