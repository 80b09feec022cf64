/** `aegis cache why [FILE|-]`: whether resolving would hit, and why not. Nothing is computed or stored. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { MissExplanation } from "../domain/Miss.js"
import { ScaffoldCache } from "../services/ScaffoldCache.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import type { PromptOptions } from "./promptInput.js"
import { promptInput } from "./promptInput.js"
import { whyText } from "./views/why.js"

/** `outcome` is what resolving would end in; `miss` is there when it would miss. */
export const WhyReport = Schema.Struct({
  outcome: Schema.Literal("hit", "miss"),
  miss: Schema.OptionFromNullOr(MissExplanation)
}).annotations({ identifier: "WhyReport" })
export interface WhyReport extends Schema.Schema.Type<typeof WhyReport> {}

export const cacheWhy = Effect.fn("aegis cache why")(function* (options: PromptOptions) {
  const cache = yield* ScaffoldCache
  const output = yield* Output
  const { during } = yield* Progress
  const prompt = yield* promptInput(options)
  const miss = yield* cache.why(prompt.input, prompt.options).pipe(during("comparing"))
  const report: WhyReport = { outcome: Option.isNone(miss) ? "hit" : "miss", miss }
  yield* output.emit(WhyReport, report, (shown, style) => Effect.succeed(whyText(shown.miss, style)))
})
