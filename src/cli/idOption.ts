/** Ids that are typed whole. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { UsageError } from "./UsageError.js"

/** The id that an option names, if it was given; `what` is what has such an id. */
export const idOption = <A>(
  given: Option.Option<string>,
  schema: Schema.Schema<A, string>,
  flag: string,
  what: string
): Effect.Effect<A | undefined, UsageError> =>
  Option.match(given, {
    onNone: () => Effect.succeed(undefined),
    onSome: (text) =>
      Effect.mapError(
        Schema.decodeUnknown(schema)(text.toLowerCase()),
        () => new UsageError({ problem: `${flag} is not an id`, fix: `Give the whole id of a ${what}.` })
      )
  })
