/** Prices that are looked up model by model, and told at once from then on. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Provider } from "../domain/Provider.js"
import type { Usage } from "../domain/Usage.js"
import type { PriceList } from "./PriceList.js"

export interface ChargedPrices {
  readonly load: (of: { readonly provider: Provider; readonly model: string }) => Effect.Effect<void>
  /** In USD; none where the price is not known, or not loaded. */
  readonly price: (provider: Provider, model: string, usage: Usage) => Option.Option<number>
}

export const makeChargedPrices = (prices: Option.Option<PriceList["Type"]>): ChargedPrices => {
  const charged = new Map<string, (usage: Usage) => Option.Option<number>>()
  const keyOf = (provider: Provider, model: string): string => JSON.stringify([provider, model])
  return {
    load: ({ model, provider }) =>
      Option.isNone(prices) || charged.has(keyOf(provider, model))
        ? Effect.void
        : Effect.map(prices.value.pricing(provider, model), (price) => {
            charged.set(keyOf(provider, model), (usage) => price(usage).amount)
          }),
    price: (provider, model, usage) => charged.get(keyOf(provider, model))?.(usage) ?? Option.none()
  }
}
