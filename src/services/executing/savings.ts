/** What an execution was charged by class, and what it saved against the same call without any cache. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ExecutionResult } from "../../domain/Execution.js"
import type { TokenCount, Usd } from "../../domain/Measures.js"
import type { Priced, Saved, UsdDifference } from "../../domain/Money.js"
import { totalInput, type Usage } from "../../domain/Usage.js"
import type { PriceList } from "../PriceList.js"

const or0 = (count: Option.Option<TokenCount>): number => Option.getOrElse(count, () => 0)

/** The same usage, none of its input cached. */
const plain = (usage: Usage): Usage => ({
  ...usage,
  uncachedInput: totalInput(usage),
  cacheRead: Option.none(),
  cacheWrite5m: Option.none(),
  cacheWrite1h: Option.none()
})

/** The same usage, nothing of which was written to the provider's cache. */
const unwritten = (usage: Usage): Usage => ({
  ...usage,
  // a sum of token counts is a token count
  uncachedInput: (usage.uncachedInput + or0(usage.cacheWrite5m) + or0(usage.cacheWrite1h)) as TokenCount,
  cacheWrite5m: Option.none(),
  cacheWrite1h: Option.none()
})

/** A difference of finite amounts is finite. */
const less = (a: Option.Option<Usd>, b: Option.Option<Usd>): Option.Option<UsdDifference> =>
  Option.zipWith(a, b, (x, y) => (x - y) as UsdDifference)

/** What is known of a call that was answered. */
export type Charged = Pick<
  ExecutionResult,
  "cost" | "model" | "outcome" | "price" | "provider" | "saved" | "usage"
>

/** `usage` is none where the provider did not tell. */
export const savingsOf = Effect.fnUntraced(function* (
  prices: PriceList["Type"],
  { cost, model, outcome, price, provider, saved, usage }: Charged
): Effect.fn.Return<{ readonly priced: Priced; readonly saved: Saved }> {
  const of = (used: Usage): Effect.Effect<Option.Option<Usd>> =>
    Effect.map(prices.price(provider, model, used), ({ amount }) => amount)
  if (saved !== undefined && (outcome === "hit" || outcome === "follower")) {
    const whole = yield* of(plain(saved.usage))
    return {
      priced: { ...price, money: Option.none() },
      saved: {
        tokens: saved.tokens,
        // an answer of which the provider told no usage saved nobody knows how much
        cost: Option.flatMap(saved.cost, () => less(whole, Option.some(0 as Usd))) // not negative
      }
    }
  }
  const { money } = yield* prices.price(provider, model, usage)
  const written = or0(usage.cacheWrite5m) + or0(usage.cacheWrite1h)
  const withoutWrites = written === 0 ? cost : yield* of(unwritten(usage))
  const premium = Option.getOrElse(less(cost, withoutWrites), () => 0)
  return {
    priced: { ...price, money: Option.isSome(cost) ? money : Option.none() },
    saved: {
      tokens: Option.getOrElse(usage.cacheRead, () => 0 as TokenCount), // zero is a token count
      cost: less(yield* of(plain(usage)), cost),
      ...(written === 0 ? {} : { writePremium: Math.max(0, premium) as Usd }) // cut at zero
    }
  }
})
