/** What CI holds a change to. */
import * as Schema from "effect/Schema"

/** The checks of CI, in the order in which they are told. */
export const CheckName = Schema.Literal(
  "cache-integrity",
  "standards",
  "coverage",
  "replay",
  "hit-rate",
  "latency",
  "prompt-economics"
)
export type CheckName = typeof CheckName.Type

const Positive = Schema.Number.pipe(Schema.finite(), Schema.positive())

/** May be left out, and is never undefined: what is given takes the place of the default. */
const exact = <A, I>(
  schema: Schema.Schema<A, I>
): Schema.optionalWith<Schema.Schema<A, I>, { exact: true }> => Schema.optionalWith(schema, { exact: true })

/**
 * `require`: checks that fail where nothing is there to be checked; others may be unknown. `hitRate` is what the hit rate must be above
 * (0 to 1), by `hitRateOf`: the share of input tokens read from the provider's cache, or the share of lookups that Aegis' own
 * cache answered. `latencyMs` is what the 99th percentile of Aegis' own lookups must be below. `costIncrease` is how much dearer a
 * warm request, or the replayed history, may become: 0.05 is 5 %. `prompts` are patterns of the prompts whose economics are compared.
 */
export const CiSettings = Schema.Struct({
  require: exact(Schema.Array(CheckName)),
  hitRate: exact(Schema.Number.pipe(Schema.between(0, 1))),
  hitRateOf: exact(Schema.Literal("provider", "local")),
  latencyMs: exact(Positive),
  costIncrease: exact(Schema.Number.pipe(Schema.finite(), Schema.nonNegative())),
  prompts: exact(Schema.Array(Schema.NonEmptyString))
}).annotations({ identifier: "CiSettings", parseOptions: { onExcessProperty: "error" } })
export interface CiSettings extends Schema.Schema.Type<typeof CiSettings> {}

export type CiThresholds = Required<CiSettings>

export const checkNames: ReadonlyArray<CheckName> = CheckName.literals

/** The hit rate and the latency are those of the design document ("Required Checks"). */
const defaults: CiThresholds = {
  // what can always be checked: the others need a ledger, recordings or measured tests
  require: ["cache-integrity", "standards", "prompt-economics"],
  hitRate: 0.8,
  hitRateOf: "provider",
  latencyMs: 100,
  costIncrease: 0.05,
  prompts: ["**/*.prompt.md"]
}

export const ciThresholds = (given: CiSettings = {}): CiThresholds => ({ ...defaults, ...given })
