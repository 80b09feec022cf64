/** Rows that outlive the code that wrote them: a version beside the data, and the way from each version to the next. */
import * as Effect from "effect/Effect"
import type * as ParseResult from "effect/ParseResult"
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
  return {
    version,
    encode: Schema.encode(schema),
    decode: (found, data) =>
      found > version
        ? Effect.fail(new SchemaTooNew({ what, found, supported: version }))
        : decodeCurrent(
            upgrades
              .slice(found - 1)
              // each upgrade was written for the data of its own version, which is what reaches it here
              .reduce((older, upgrade) => (upgrade as (data: unknown) => unknown)(older), data)
          )
  }
}
