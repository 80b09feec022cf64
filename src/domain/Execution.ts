/** Sending a resolved scaffold to its provider, and what came back. */
import * as Schema from "effect/Schema"
import { Millis, TokenCount, Usd } from "./Measures.js"
import { Outcome } from "./Outcome.js"
import { Provider } from "./Provider.js"
import { CostReport, Warning } from "./ResolvedScaffold.js"
import { asStandard } from "./StandardSchema.js"
import { Usage } from "./Usage.js"

/** `maxTokens` caps the answer; `timeout` is for the whole call, in milliseconds. */
export const ExecutionOptions = Schema.Struct({
  maxTokens: Schema.optional(Schema.Int.pipe(Schema.positive())),
  timeout: Schema.optional(Millis)
}).annotations({ identifier: "ExecutionOptions" })
export interface ExecutionOptions extends Schema.Schema.Type<typeof ExecutionOptions> {}

/**
 * `model` is the one that answered, by the provider's own word. `tokens` is input plus output as measured by the
 * provider. `cost` is none where the price is unknown. `latency` and `firstToken` are in milliseconds. `attempts` counts
 * requests sent, `fallbacks` the providers that were tried before and why they were left. `outcome` is there where a cache of
 * answers was asked. Of a `hit` and a `follower`, tokens, usage and cost are those of this call, which is nothing; what they were
 * when the answer was made is `saved`.
 */
export const ExecutionResult = asStandard(
  Schema.Struct({
    content: Schema.String,
    provider: Provider,
    model: Schema.String,
    finishReason: Schema.String,
    responseId: Schema.optional(Schema.String),
    tokens: TokenCount,
    usage: Usage,
    cost: Schema.OptionFromNullOr(Usd),
    price: CostReport.pipe(Schema.pick("source", "version", "match")),
    latency: Millis,
    firstToken: Schema.OptionFromNullOr(Millis),
    attempts: Schema.Int,
    fallbacks: Schema.Array(
      Schema.Struct({ provider: Provider, model: Schema.String, error: Schema.String })
    ),
    warnings: Schema.Array(Warning),
    outcome: Schema.optional(Outcome),
    saved: Schema.optional(
      Schema.Struct({ tokens: TokenCount, usage: Usage, cost: Schema.OptionFromNullOr(Usd) })
    )
  }).annotations({ identifier: "ExecutionResult" })
)
export interface ExecutionResult extends Schema.Schema.Type<typeof ExecutionResult> {}

/** What a stream of an answer is made of: text as it comes, and the result once it is whole. */
export type ExecutionEvent =
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "Done"; readonly result: ExecutionResult }
