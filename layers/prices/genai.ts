/** The bundled price list of @pydantic/genai-prices, asked for rates, and checked for which model it found. */
import type * as Genai from "@pydantic/genai-prices"
import type { MatchLogic, ModelPrice, TieredPrices } from "@pydantic/genai-prices"
import { isModel } from "../../src/prompt/models/ModelFacts.js"
import type { Rate, Rates } from "./rates.js"

/** The version that package.json pins: the list's data is as old as it. */
export const genaiVersion = "0.1.8"

/** Rates, and whether the list names this very model or only one whose name begins like it. */
export interface Found {
  readonly rates: Rates
  readonly match: "exact" | "approximate"
}

type GenaiPrices = Pick<typeof Genai, "calcPrice">

/** How a rule of the list came to accept a model's name. */
type Acceptance = "names" | "resembles" | "other"

const weakest = (a: Acceptance, b: Acceptance): Acceptance =>
  a === "other" || b === "other" ? "other" : a === "resembles" || b === "resembles" ? "resembles" : "names"

/**
 * Whether the rule names the model. Prefixes are where the list is wrong: claude-sonnet-5 takes claude-sonnet-5-5 too. A
 * prefix with the date of a snapshot behind it is the model; with a further version it is another one.
 */
export const acceptance = (rule: MatchLogic, asked: string): Acceptance => {
  if ("or" in rule) {
    const each = rule.or.map((part) => acceptance(part, asked))
    return each.includes("names") ? "names" : each.includes("resembles") ? "resembles" : "other"
  }
  if ("and" in rule) return rule.and.map((part) => acceptance(part, asked)).reduce(weakest)
  if ("equals" in rule) return isModel(rule.equals, asked) ? "names" : "other"
  if ("regex" in rule) {
    if (!new RegExp(rule.regex).test(asked)) return "other"
    return rule.regex.startsWith("^") && rule.regex.endsWith("$") ? "names" : "resembles"
  }
  if ("starts_with" in rule) {
    if (!asked.startsWith(rule.starts_with)) return "other"
    if (isModel(rule.starts_with, asked)) return "names"
    return /^[-.]?\d{1,3}(?!\d)/.test(asked.slice(rule.starts_with.length)) ? "other" : "resembles"
  }
  const part = "contains" in rule ? rule.contains : rule.ends_with
  return asked.includes(part) ? "resembles" : "other"
}

/** The rates of a model at a time, in milliseconds since the epoch. */
export const findInGenai = (
  { calcPrice }: GenaiPrices,
  providerId: string,
  model: string,
  at: number
): Found | undefined => {
  const found = calcPrice({ input_tokens: 0 }, model, { providerId, timestamp: new Date(at) })
  if (found === null) return undefined
  const accepted = isModel(found.model.id, model) ? "names" : acceptance(found.model.match, model)
  const rates = ratesOf(found.model_price)
  if (accepted === "other" || rates === undefined) return undefined
  return { rates, match: accepted === "names" ? "exact" : "approximate" }
}

const ratesOf = (price: ModelPrice): Rates | undefined => {
  const rate = (key: string): Rate | undefined => {
    const found = price[key]
    return found === undefined ? undefined : rateOf(found)
  }
  const input = rate("input_mtok")
  const output = rate("output_mtok")
  if (input === undefined || output === undefined) return undefined
  return {
    input,
    output,
    cacheRead: rate("cache_read_mtok"),
    cacheWrite5m: rate("cache_write_5m_mtok") ?? rate("cache_write_mtok"),
    cacheWrite1h: rate("cache_write_1h_mtok")
  }
}

const rateOf = (price: number | TieredPrices): Rate =>
  typeof price === "number"
    ? { base: price, above: [] }
    : {
        base: price.base,
        above: price.tiers
          .map(({ start, price: rate }) => ({ inputTokens: start, rate }))
          .toSorted((a, b) => a.inputTokens - b.inputTokens)
      }
