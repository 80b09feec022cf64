/** A price list that is counted in the head: a cent for a token of an answer; the input is free. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Usd } from "../../src/domain/Measures.js"
import { PriceList } from "../../src/services/PriceList.js"

export const centPrices: Layer.Layer<PriceList> = Layer.succeed(PriceList, {
  version: "test",
  pricing: () => Effect.dieMessage("not asked"),
  price: (_provider, _model, { output }) =>
    Effect.succeed({
      source: "test",
      version: "1",
      match: "exact",
      amount: Option.some((output / 100) as Usd), // tokens are not negative
      money: Option.none()
    })
})
