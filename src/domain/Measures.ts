/** Quantities with their units in the type, and where a number came from. */
import * as Schema from "effect/Schema"

/** United States dollars. */
export const Usd = Schema.Number.pipe(Schema.finite(), Schema.nonNegative(), Schema.brand("Usd"))
export type Usd = typeof Usd.Type

/** A number of tokens. */
export const TokenCount = Schema.Number.pipe(Schema.int(), Schema.nonNegative(), Schema.brand("TokenCount"))
export type TokenCount = typeof TokenCount.Type

/** Milliseconds; fractions are kept. */
export const Millis = Schema.Number.pipe(Schema.finite(), Schema.nonNegative(), Schema.brand("Millis"))
export type Millis = typeof Millis.Type

/** An instant in UTC, ISO 8601 with a `Z`. */
export const Timestamp = Schema.String.pipe(
  Schema.pattern(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/),
  Schema.filter((text) => !Number.isNaN(Date.parse(text)))
).annotations({
  identifier: "Timestamp",
  jsonSchema: { type: "string", format: "date-time" },
  // fast-check cannot guess a calendar from a pattern: dates are drawn as dates.
  arbitrary: () => (fc) =>
    fc
      .date({
        min: new Date("1970-01-01T00:00:00Z"),
        max: new Date("9999-12-31T23:59:59Z"),
        noInvalidDate: true
      })
      .map((date) => date.toISOString())
})
export type Timestamp = typeof Timestamp.Type
