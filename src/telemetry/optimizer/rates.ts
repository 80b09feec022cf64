/** What one token of a request costs, by what becomes of it. */
import * as Option from "effect/Option"
import type { TokenCount } from "../../domain/Measures.js"
import type { Provider } from "../../domain/Provider.js"
import type { Usage } from "../../domain/Usage.js"

/** What a usage costs in USD; none where that is not known. */
export type Price = (provider: Provider, model: string, usage: Usage) => Option.Option<number>

/** USD per input token of one request, and `output`, what its answer costs. */
export interface Rates {
  readonly output: number
  readonly uncached: number
  readonly read: number
  readonly write5m: number
  readonly write1h: number
}

/** The rates of a request of so many tokens in and out; undefined where there is no price. */
export type RatesOf = (input: number, output: number) => Rates | undefined

const usageOf = (
  input: number,
  output: number,
  column: "uncached" | "read" | "write5m" | "write1h"
): Usage => {
  // token counts of a request, which are whole and not negative
  const all = input as TokenCount
  const none = 0 as TokenCount
  return {
    uncachedInput: column === "uncached" ? all : none,
    cacheRead: Option.some(column === "read" ? all : none),
    cacheWrite5m: Option.some(column === "write5m" ? all : none),
    cacheWrite1h: Option.some(column === "write1h" ? all : none),
    output: output as TokenCount,
    reasoning: Option.none()
  }
}

/**
 * A price list by rates. Lists have steps by the size of a request, all of whose tokens then have the price
 * of the step (genai-prices 0.1.8: "tiers switch the whole request"). How its tokens are split changes no
 * size: within one request the price is linear, and four prices tell all of it.
 */
export const makeRates = (price: Price, provider: Provider, model: string): RatesOf => {
  const known = new Map<number, Map<number, Rates | undefined>>()
  const measure = (input: number, output: number): Rates | undefined => {
    const priced = (column: Parameters<typeof usageOf>[2]): number | undefined =>
      Option.getOrUndefined(price(provider, model, usageOf(input, output, column)))
    const answer = Option.getOrUndefined(price(provider, model, usageOf(0, output, "uncached")))
    const [uncached, read, write5m, write1h] = [
      priced("uncached"),
      priced("read"),
      priced("write5m"),
      priced("write1h")
    ]
    if (uncached === undefined || read === undefined || write5m === undefined || write1h === undefined) {
      return undefined
    }
    if (input === 0) return { output: uncached, uncached: 0, read: 0, write5m: 0, write1h: 0 }
    // the answer's own price may be that of the step: what is the same in all four is taken for it
    const output0 = Math.min(answer ?? 0, uncached, read, write5m, write1h)
    return {
      output: output0,
      uncached: (uncached - output0) / input,
      read: (read - output0) / input,
      write5m: (write5m - output0) / input,
      write1h: (write1h - output0) / input
    }
  }
  return (input, output) => {
    const row = known.get(input) ?? new Map<number, Rates | undefined>()
    known.set(input, row)
    if (!row.has(output)) row.set(output, measure(input, output))
    return row.get(output)
  }
}
