/** From an answer to a result: its price, its times, and what the caller should know besides. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ExecutionResult } from "../../../src/domain/Execution.js"
import type { Millis, TokenCount, Usd } from "../../../src/domain/Measures.js"
import type { Outcome } from "../../../src/domain/Outcome.js"
import type { Provider } from "../../../src/domain/Provider.js"
import type { Warning } from "../../../src/domain/ResolvedScaffold.js"
import { totalInput, type Usage } from "../../../src/domain/Usage.js"
import type { PriceList } from "../../../src/services/PriceList.js"
import type { Answer } from "./Answer.js"

/** Milliseconds with their fractions, for differences. */
export const now = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos) / 1e6)

const nothing: Usage = {
  uncachedInput: 0 as TokenCount, // zero is a token count
  cacheRead: Option.none(),
  cacheWrite5m: Option.none(),
  cacheWrite1h: Option.none(),
  output: 0 as TokenCount,
  reasoning: Option.none()
}

const free = 0 as Usd // not negative

const ordinaryTiers: ReadonlySet<string> = new Set(["standard", "default", "auto"])

const warningsOf = (provider: Provider, answer: Answer): ReadonlyArray<Warning> => [
  ...answer.warnings,
  ...(Option.isSome(answer.usage)
    ? []
    : [
        {
          code: "usage-not-reported",
          message: `${provider} did not report its usage: tokens are shown as 0 and the cost is unknown.`
        }
      ]),
  ...(answer.serviceTier === undefined || ordinaryTiers.has(answer.serviceTier)
    ? []
    : [
        {
          code: "service-tier",
          message: `${provider} answered on its "${answer.serviceTier}" tier, whose prices differ: the cost shown is that of the standard tier.`
        }
      ])
]

/** What a call came to whose answer somebody else has paid for. */
const alreadyPaid = (
  outcome: Outcome | undefined,
  paid: Pick<ExecutionResult, "tokens" | "usage" | "cost">
): Pick<ExecutionResult, "tokens" | "usage" | "cost" | "outcome" | "saved"> =>
  outcome === "hit" || outcome === "follower"
    ? { tokens: nothing.output, usage: nothing, cost: Option.some(free), outcome, saved: paid }
    : { ...paid, ...(outcome === undefined ? {} : { outcome }) }

/** `started` and `firstToken` are readings of `now`. The price is that of the model which answered. */
export const resultOf = Effect.fnUntraced(function* (
  prices: PriceList["Type"],
  provider: Provider,
  answer: Answer,
  call: {
    readonly started: number
    readonly firstToken: Option.Option<number>
    readonly attempts: number
    readonly outcome: Outcome | undefined
  }
) {
  const usage = Option.getOrElse(answer.usage, () => nothing)
  const price = yield* prices.price(provider, answer.model, usage)
  // clocks that only grow have differences that are not negative
  const since = (at: number): Millis => Math.max(0, at - call.started) as Millis
  const result: ExecutionResult = {
    content: answer.content,
    provider,
    model: answer.model,
    finishReason: answer.finishReason,
    ...(answer.responseId === undefined ? {} : { responseId: answer.responseId }),
    ...alreadyPaid(call.outcome, {
      // a sum of token counts is a token count
      tokens: (totalInput(usage) + usage.output) as TokenCount,
      usage,
      cost: Option.isSome(answer.usage) ? price.amount : Option.none()
    }),
    price: { source: price.source, version: price.version, match: price.match },
    latency: since(yield* now),
    firstToken: Option.map(call.firstToken, since),
    attempts: call.attempts,
    fallbacks: [],
    warnings: warningsOf(provider, answer)
  }
  return result
})
