/**
 * Tokens by price class, in one convention for all providers: the classes never overlap. Anthropic reports the uncached
 * remainder as `input_tokens`, OpenAI the total; adapters turn both into this. `none` means the provider did not say.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { TokenCount } from "./Measures.js"

export const Usage = Schema.Struct({
  uncachedInput: TokenCount,
  cacheRead: Schema.OptionFromNullOr(TokenCount),
  cacheWrite5m: Schema.OptionFromNullOr(TokenCount),
  cacheWrite1h: Schema.OptionFromNullOr(TokenCount),
  output: TokenCount,
  reasoning: Schema.OptionFromNullOr(TokenCount)
}).annotations({ identifier: "Usage" })
export interface Usage extends Schema.Schema.Type<typeof Usage> {}

const or0 = (count: Option.Option<TokenCount>): number => Option.getOrElse(count, () => 0)

/** All input tokens: uncached, read from and written to the provider's cache. */
export const totalInput = (usage: Usage): TokenCount =>
  // a sum of token counts is a token count
  (usage.uncachedInput +
    or0(usage.cacheRead) +
    or0(usage.cacheWrite5m) +
    or0(usage.cacheWrite1h)) as TokenCount
