/**
 * The only writer to stdout. Owns: one result per command, as JSON or for a person, and text that streams. Does not own:
 * what a result looks like to a person (views), errors and progress, which go to stderr.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { canonicalJson } from "../prompt/canonical.js"
import type { Style } from "./views/Style.js"
import { plainStyle } from "./views/Style.js"

export class Output extends Context.Tag("aegis/Output")<
  Output,
  {
    readonly json: boolean
    /** Writes the result of the command: encoded by its schema on one line, or as a person's view of it. */
    readonly emit: <A, I>(
      schema: Schema.Schema<A, I>,
      value: A,
      view: (value: A, style: Style) => Effect.Effect<string>
    ) => Effect.Effect<void>
    /** Writes text as it is, at once. */
    readonly text: (chunk: string) => Effect.Effect<void>
  }
>() {}

/** Output to any sink. `write` resolves once the text is handed over. */
export const make = (options: {
  readonly json: boolean
  readonly style: Style
  readonly write: (text: string) => Effect.Effect<void>
}): Output["Type"] => ({
  json: options.json,
  emit: (schema, value, view) =>
    Effect.flatMap(
      options.json
        ? // what a command made is a value of its schema; if not, that is our fault and no one's input
          Effect.map(Effect.orDie(Schema.encode(schema)(value)), toJson)
        : view(value, options.style),
      (text) => options.write(text.endsWith("\n") ? text : `${text}\n`)
    ),
  text: options.write
})

/** JSON on one line. `JSON.stringify` overflows the stack on a context of some thousand levels; ours has none. */
const toJson = (value: unknown): string => {
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return Either.getOrThrow(canonicalJson(value))
  }
}

/** Collects what is written, for tests. */
export const layerMemory = (
  written: Array<string>,
  json: boolean,
  style: Style = plainStyle
): Layer.Layer<Output> =>
  Layer.succeed(Output, make({ json, style, write: (text) => Effect.sync(() => void written.push(text)) }))
