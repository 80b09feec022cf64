/** What tokens of each class cost, and the arithmetic of a bill. */
import * as Option from "effect/Option"
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

/** The price of a usage in USD. All input, cached or not, counts towards the length of the prompt. */
export const priceOf = (rates: Rates, usage: Usage): number => {
  const length = totalInput(usage)
  const at = (tokens: number, rate: Rate): number => (tokens === 0 ? 0 : tokens * rateFor(rate, length))
  const write = rates.cacheWrite5m ?? rates.input
  return (
    (at(usage.uncachedInput, rates.input) +
      at(count(usage.cacheRead), rates.cacheRead ?? rates.input) +
      at(count(usage.cacheWrite5m), write) +
      at(count(usage.cacheWrite1h), rates.cacheWrite1h ?? write) +
      at(usage.output, rates.output)) /
    1_000_000
  )
}
