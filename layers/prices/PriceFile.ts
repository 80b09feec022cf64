/** Prices as they are written down: Aegis' own list and the file that a user names in aegis.config.json. */
import * as Schema from "effect/Schema"
import { Provider } from "../../src/domain/Provider.js"
import { isModel } from "../../src/prompt/models/ModelFacts.js"
import type { Rate, Rates } from "./rates.js"

const Usd = Schema.Number.pipe(Schema.finite(), Schema.nonNegative())
const Day = Schema.String.pipe(
  Schema.pattern(/^\d{4}-\d{2}-\d{2}$/),
  Schema.filter((day) => !Number.isNaN(Date.parse(day)))
).annotations({ description: "a day in UTC, as 2026-11-09" })

const UsdPerMillion = Schema.Struct({
  input: Usd,
  output: Usd,
  cacheRead: Schema.optional(Usd),
  cacheWrite5m: Schema.optional(Usd),
  cacheWrite1h: Schema.optional(Usd)
}).annotations({ identifier: "UsdPerMillion", description: "USD per million tokens" })
type UsdPerMillion = typeof UsdPerMillion.Type

const Entry = Schema.Struct({
  provider: Provider,
  model: Schema.NonEmptyString,
  effectiveFrom: Schema.optional(Day),
  sourceUrl: Schema.optional(Schema.NonEmptyString).annotations({ description: "where the price was read" }),
  usdPerMillion: UsdPerMillion,
  above: Schema.optionalWith(
    Schema.Array(
      Schema.Struct({ inputTokens: Schema.Int.pipe(Schema.positive()), usdPerMillion: UsdPerMillion })
    ),
    { default: () => [] }
  ).annotations({
    description: "prices of a whole request whose prompt is strictly longer than inputTokens"
  })
})
type Entry = typeof Entry.Type

/** A dated list of prices. For one model the latest entry that is in effect counts. */
export const PriceFile = Schema.Struct({ asOf: Day, prices: Schema.Array(Entry) }).annotations({
  identifier: "PriceFile",
  title: "a file of prices"
})
export interface PriceFile extends Schema.Schema.Type<typeof PriceFile> {}

/**
 * The rates of a model at a time, in milliseconds since the epoch; undefined where the file does not know the model. Its
 * first price also holds before its day: the model was not there to be called.
 */
export const findRates = (
  file: PriceFile,
  provider: Provider,
  model: string,
  at: number
): Rates | undefined => {
  const start = (entry: Entry): number =>
    entry.effectiveFrom === undefined ? -Infinity : Date.parse(entry.effectiveFrom)
  const entries = file.prices
    .filter((entry) => entry.provider === provider && isModel(entry.model, model))
    .sort((a, b) => start(a) - start(b))
  const entry = entries.findLast((candidate) => start(candidate) <= at) ?? entries[0]
  return entry === undefined ? undefined : ratesOf(entry)
}

const ratesOf = ({ usdPerMillion, above }: Entry): Rates => {
  const tiers = above.toSorted((a, b) => a.inputTokens - b.inputTokens)
  const rate = (of: keyof UsdPerMillion): Rate | undefined => {
    const base = usdPerMillion[of]
    if (base === undefined) return undefined
    return {
      base,
      above: tiers.map(({ inputTokens, usdPerMillion: tier }) => ({ inputTokens, rate: tier[of] ?? base }))
    }
  }
  return {
    input: rate("input") ?? { base: usdPerMillion.input, above: [] },
    output: rate("output") ?? { base: usdPerMillion.output, above: [] },
    cacheRead: rate("cacheRead"),
    cacheWrite5m: rate("cacheWrite5m"),
    cacheWrite1h: rate("cacheWrite1h")
  }
}
