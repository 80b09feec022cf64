/** Rows that outlive the code that wrote them: a version beside the data, and the way from each version to the next. */
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { SchemaTooNew } from "./StoreErrors.js"

/**
 * A schema with a past. `upgrades[n]` turns the data of version n+1 (counting from 1) into that of the version after
 * it, so the current version is `upgrades.length + 1`.
 *
 * @example
 * const Row = versioned("row", Schema.Struct({ tokens: Schema.Int }), [(v1) => ({ tokens: v1.count })])
 * Row.decode(1, { count: 3 }) // { tokens: 3 }
 */
export const versioned = <A, I>(
  what: string,
  schema: Schema.Schema<A, I>,
  upgrades: ReadonlyArray<(data: never) => unknown>
): {
  readonly version: number
  readonly encode: (value: A) => Effect.Effect<I, ParseResult.ParseError>
  readonly decode: (version: number, data: unknown) => Effect.Effect<A, SchemaTooNew | ParseResult.ParseError>
} => {
  const version = upgrades.length + 1
  const decodeCurrent = Schema.decodeUnknown(schema)
  const refuse = (found: unknown, why: string): ParseResult.ParseError =>
    ParseResult.parseError(new ParseResult.Type(schema.ast, found, `${what}: ${why}`))
  const upgrade = (found: number, data: unknown): Effect.Effect<unknown, ParseResult.ParseError> =>
    Effect.try({
      try: () =>
        upgrades
          .slice(found - 1)
          // each upgrade was written for the data of its own version, which is what reaches it here
          .reduce((older, next) => (next as (data: unknown) => unknown)(older), data),
      catch: () => refuse(undefined, `the data is not that of version ${found}`)
    })
  return {
    version,
    encode: Schema.encode(schema),
    decode: (found, data) => {
      if (found > version) return Effect.fail(new SchemaTooNew({ what, found, supported: version }))
      if (!Number.isInteger(found) || found < 1) {
        return Effect.fail(refuse(found, "a version is a whole number from 1 on"))
      }
      return found === version ? decodeCurrent(data) : Effect.flatMap(upgrade(found, data), decodeCurrent)
    }
  }
}
