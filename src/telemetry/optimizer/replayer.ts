/** A history through the model of its provider's cache, priced. */
import * as Option from "effect/Option"
import type { Usd } from "../../domain/Measures.js"
import type { Replayed } from "../../domain/Optimization.js"
import type { Provider } from "../../domain/Provider.js"
import { tokens } from "../../prompt/render/tokens.js"
import type { CacheRules } from "../simulator/rules.js"
import { makeSimulator } from "../simulator/Simulator.js"
import { usageOf } from "../simulator/simulate.js"
import type { HistoryEntry } from "./history.js"
import { makeRates, type Price, type RatesOf } from "./rates.js"

/** How the requests of one provider and model are cached and priced. */
export interface Market {
  readonly provider: Provider
  readonly model: string
  readonly rules: CacheRules
  readonly price: Price
  readonly ratesOf: RatesOf
}

export const makeMarket = (provider: Provider, model: string, rules: CacheRules, price: Price): Market => ({
  provider,
  model,
  rules,
  price,
  ratesOf: makeRates(price, provider, model)
})

/**
 * What the history comes to; none where one of its requests has no price. This is what a recommendation
 * claims.
 */
export const replay = (entries: ReadonlyArray<HistoryEntry>, market: Market): Option.Option<Replayed> => {
  const { model, price, provider, rules } = market
  const simulator = makeSimulator(rules, { causes: false })
  let inputTokens = 0
  let readTokens = 0
  let cost = 0
  for (const { request, usage } of entries) {
    const predicted = simulator.next(request)
    const spent = price(provider, model, usageOf(predicted, usage.output))
    if (Option.isNone(spent)) return Option.none()
    cost += spent.value
    readTokens += predicted.read
    for (const block of request.blocks) inputTokens += block.tokens
  }
  return Option.some({
    requests: entries.length,
    inputTokens: tokens(inputTokens),
    readTokens: tokens(readTokens),
    // a sum of prices is not negative
    cost: cost as Usd
  })
}

/** The cost in USD alone, by rates: what a search compares. Infinite where there is no price. */
export const costOf = (entries: ReadonlyArray<HistoryEntry>, { ratesOf, rules }: Market): number => {
  const simulator = makeSimulator(rules, { causes: false })
  let cost = 0
  for (const { request, usage } of entries) {
    const { read, uncached, written } = simulator.next(request)
    const writtenShort = written["5m"] + written["30m"] + written["12h"]
    const rates = ratesOf(read + uncached + writtenShort + written["1h"], usage.output)
    if (rates === undefined) return Infinity
    cost +=
      rates.output +
      rates.uncached * uncached +
      rates.read * read +
      rates.write5m * writtenShort +
      rates.write1h * written["1h"]
  }
  return cost
}
