/** Money by price class, and what was saved. Unknown is none, never 0. */
import * as Schema from "effect/Schema"
import { TokenCount, Usd } from "./Measures.js"
import { CostReport } from "./ResolvedScaffold.js"

/** In USD. `output` includes reasoning. The classes of a known price sum to the cost. */
export const Money = Schema.Struct({
  uncachedInput: Usd,
  cacheRead: Usd,
  cacheWrite5m: Usd,
  cacheWrite1h: Usd,
  output: Usd
}).annotations({ identifier: "Money" })
export interface Money extends Schema.Schema.Type<typeof Money> {}

/** What all classes come to. */
export const totalMoney = (money: Money): Usd =>
  // a sum of amounts that are not negative
  (money.uncachedInput + money.cacheRead + money.cacheWrite5m + money.cacheWrite1h + money.output) as Usd

/** `source` names the price list, `version` its data, `match` whether it knows this very model. */
export const Priced = Schema.Struct({
  source: CostReport.fields.source,
  version: CostReport.fields.version,
  match: CostReport.fields.match,
  money: Schema.OptionFromNullOr(Money)
}).annotations({ identifier: "Priced" })
export interface Priced extends Schema.Schema.Type<typeof Priced> {}

/** A difference in USD; below zero where it cost more. */
export const UsdDifference = Schema.Number.pipe(Schema.finite(), Schema.brand("UsdDifference"))
export type UsdDifference = typeof UsdDifference.Type

/**
 * Against the same call without any cache. `tokens` were not read at the full price. `cost` is net: what writing to the provider's
 * cache cost more than reading plainly is taken off, and it is below zero where that is more than reads saved; `writePremium` is what
 * was taken off.
 */
export const Saved = Schema.Struct({
  tokens: TokenCount,
  cost: Schema.OptionFromNullOr(UsdDifference),
  writePremium: Schema.optional(Usd)
}).annotations({ identifier: "Saved" })
export interface Saved extends Schema.Schema.Type<typeof Saved> {}
