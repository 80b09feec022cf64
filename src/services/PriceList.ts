/**
 * Prices of tokens. Owns: which price list is asked, and how sure the answer is. Does not own: counting tokens.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Usd } from "../domain/Measures.js"
import type { Money } from "../domain/Money.js"
import type { Provider } from "../domain/Provider.js"
import type { CostReport } from "../domain/ResolvedScaffold.js"
import type { Usage } from "../domain/Usage.js"

/**
 * An amount with its source, and the classes that it is the sum of. Both are none where the list does not know the model: unknown is
 * never free.
 */
export interface Price extends Pick<CostReport, "source" | "version" | "match"> {
  readonly amount: Option.Option<Usd>
  readonly money: Option.Option<Money>
}

export class PriceList extends Context.Tag("aegis/PriceList")<
  PriceList,
  {
    /** Names the lists that are asked: when it changes, so may every price. */
    readonly version: string
    /** What the usage costs at the current time's prices. A usage of zero tokens of a known model costs 0. */
    readonly price: (provider: Provider, model: string, usage: Usage) => Effect.Effect<Price>
    /** What any usage of a model costs at the current time's prices, for whoever prices thousands of them. */
    readonly pricing: (provider: Provider, model: string) => Effect.Effect<(usage: Usage) => Price>
  }
>() {}
