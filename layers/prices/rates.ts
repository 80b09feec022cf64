/** What tokens of each class cost, and the arithmetic of a bill. */
import * as Option from "effect/Option"
import type { Usd } from "../../src/domain/Measures.js"
import type { Money } from "../../src/domain/Money.js"
import { totalInput, type Usage } from "../../src/domain/Usage.js"

/** A rate in USD per million tokens, and the rates that take its place for long prompts. */
export interface Rate {
  readonly base: number
  /** Strictly above so many input tokens the whole request is charged at `rate`; ascending. */
  readonly above: ReadonlyArray<{ readonly inputTokens: number; readonly rate: number }>
}

/** The rates of one model. A class without a rate of its own is charged as the class that it is a kind of. */
export interface Rates {
  readonly input: Rate
  readonly output: Rate
  readonly cacheRead: Rate | undefined
  readonly cacheWrite5m: Rate | undefined
  readonly cacheWrite1h: Rate | undefined
}

const rateFor = (rate: Rate, inputTokens: number): number =>
  rate.above.findLast((tier) => inputTokens > tier.inputTokens)?.rate ?? rate.base

const count = (tokens: Option.Option<number>): number => Option.getOrElse(tokens, () => 0)

/** The price of a usage by class. All input, cached or not, counts towards the length of the prompt. */
export const moneyOf = (rates: Rates, usage: Usage): Money => {
  const length = totalInput(usage)
  // rates and token counts are finite and not negative, and so are their products
  const at = (tokens: number, rate: Rate): Usd =>
    (tokens === 0 ? 0 : (tokens * rateFor(rate, length)) / 1_000_000) as Usd
  const write = rates.cacheWrite5m ?? rates.input
  return {
    uncachedInput: at(usage.uncachedInput, rates.input),
    cacheRead: at(count(usage.cacheRead), rates.cacheRead ?? rates.input),
    cacheWrite5m: at(count(usage.cacheWrite5m), write),
    cacheWrite1h: at(count(usage.cacheWrite1h), rates.cacheWrite1h ?? write),
    output: at(usage.output, rates.output)
  }
}
