/** What calls of providers took, as they were recorded, at the prices of today. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { TokenCount, Usd } from "../../domain/Measures.js"
import { Provider } from "../../domain/Provider.js"
import type { Spend } from "../../domain/ReplayPlan.js"
import { totalInput } from "../../domain/Usage.js"
import { answeredIn } from "./answered.js"
import type { RecordedNode, Step } from "../../replay/Recording.js"
import type { PriceList } from "../PriceList.js"

export const nothing: Spend = { calls: 0, tokens: TokenCount.make(0), cost: Option.some(Usd.make(0)) }

/** What is unknown of one is unknown of all. */
export const added = (one: Spend, other: Spend): Spend => ({
  calls: one.calls + other.calls,
  tokens: TokenCount.make(one.tokens + other.tokens),
  cost: Option.zipWith(one.cost, other.cost, (a, b) => Usd.make(a + b))
})

const isProvider = Schema.is(Provider)

/** The provider that was called, where all calls around were of one. */
export const providerOf = ({ surroundings }: Pick<RecordedNode, "surroundings">): Provider | undefined => {
  const [only, ...others] = surroundings["provider"] ?? []
  return others.length === 0 && isProvider(only) ? only : undefined
}

export const spendOf = Effect.fnUntraced(function* (
  prices: PriceList["Type"],
  steps: ReadonlyArray<Step>,
  provider: Provider | undefined
) {
  let sum = nothing
  for (const step of steps) {
    const answered = answeredIn(step)
    if (answered === undefined) continue
    const by = answered.provider ?? provider
    const usage = Option.getOrUndefined(answered.usage)
    const price =
      usage === undefined || by === undefined ? undefined : yield* prices.price(by, answered.model, usage)
    sum = added(sum, {
      calls: 1,
      tokens: TokenCount.make(usage === undefined ? 0 : totalInput(usage) + usage.output),
      cost: price?.amount ?? Option.none()
    })
  }
  return sum
})
