/** A call that a program made by itself, as the ledger keeps it: told from what was sent and the frames that came. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Hash } from "../../domain/Hash.js"
import type { JsonObject } from "../../domain/Json.js"
import type { Millis, TokenCount, Usd } from "../../domain/Measures.js"
import { Outcome } from "../../domain/Outcome.js"
import type { Provider } from "../../domain/Provider.js"
import { totalInput } from "../../domain/Usage.js"
import { type ChatApi, requestOfBody } from "../../prompt/render/requestOfBody.js"
import type { Step } from "../../replay/Recording.js"
import { scaledTo } from "../../telemetry/simulator/predictRecord.js"
import { isCall } from "../../telemetry/sums.js"
import { refusals } from "../executing/account.js"
import { savingsOf } from "../executing/savings.js"
import type { PriceList } from "../PriceList.js"
import { type Answered, answeredIn } from "../replaying/answered.js"
import { scaffoldIdOf } from "../resolved.js"
import { outcomeHeader } from "../responses/outcome.js"
import type { TelemetryEvent } from "../Telemetry.js"
import { type Answer, isAnswer } from "./answer.js"
import type { Whereabouts } from "./whereabouts.js"

/** Times in milliseconds by one clock, whose origin is nobody's matter; `sentAt` alone is since the epoch. */
export interface Call {
  readonly api: ChatApi
  /** Who lives at its address; undefined where nobody says. */
  readonly provider: Provider | undefined
  readonly body: JsonObject
  /** What the request is known by. */
  readonly key: Hash
  /** What names its prompt: the node that sent it. */
  readonly name: string
  readonly where: Whereabouts
  readonly namespace: string | undefined
  readonly started: number
  /** Undefined where the recording answered. */
  readonly sent: number | undefined
  readonly sentAt: number
  readonly ended: number
  readonly endedAt: number
  /** When each frame came, where they came one by one. */
  readonly frames: ReadonlyArray<number>
  readonly outcome: Step["outcome"]
}

const nothing = 0 as TokenCount // zero is a token count
const free = 0 as Usd // not negative

/** Clocks that only grow have differences that are not negative. */
const between = (from: number, to: number): Millis => Math.max(0, to - from) as Millis

/** What a status says by itself, which is less than an adapter reads in the answer. */
const refusalOf = (status: number): string => {
  if (status === 401 || status === 402 || status === 403) return "AuthFailed"
  if (status === 404) return "ModelNotFound"
  if (status === 413) return "ContextOverflow"
  if (status === 429) return "RateLimited"
  if (status === 503 || status === 529) return "Overloaded"
  return status >= 500 || status === 408 || status === 409 ? "ProviderUnavailable" : "InvalidRequest"
}

/** How a call failed; undefined where it did not. */
const failureOf = (answer: Answer | undefined, answered: Answered | undefined): string | undefined => {
  if (answer === undefined) return "ProviderUnavailable"
  if (answer.status >= 400) return refusalOf(answer.status)
  if (answer.cut) return answer.left === true ? "abandoned" : "StreamBroken"
  if (answered?.finishReason === "failed") return "ProviderUnavailable"
  return answered === undefined || answered.finishReason === undefined ? "StreamBroken" : undefined
}

/** A frame in which something is said, in any of the interfaces: more than that an answer begins. */
const saying =
  /"type": ?"(?:content_block_delta|response\.[\w.]+\.delta)"|"(?:content|reasoning_content)": ?"[^"]|"tool_calls": ?\[/

/** When the frames of a stream came: those of a whole answer come when all of it is there, and tell nothing. */
const framesOf = (answer: Answer | undefined, { frames }: Call): ReadonlyArray<number> =>
  answer?.headers["content-type"]?.startsWith("text/event-stream") === true ? frames : []

const isOutcome = Schema.is(Outcome)

const outcomeOf = ({ sent }: Call, answer: Answer | undefined): Outcome => {
  const said = answer?.headers[outcomeHeader]
  return sent === undefined ? "replay" : isOutcome(said) ? said : "miss"
}

const modelIn = ({ model }: JsonObject): string => (typeof model === "string" ? model : "")

/** The request, of which the provider counted so many tokens, if it told. */
const requestIn = (
  call: Call,
  readable: number | undefined,
  usage: Answered["usage"]
): Pick<TelemetryEvent, "request"> => {
  const { api, body, name, namespace = "default", provider, sent, sentAt } = call
  if (provider === undefined || sent === undefined) return {}
  const request = requestOfBody(api, body, name, {
    sentAt,
    readableAt: readable === undefined ? null : sentAt + between(sent, readable),
    provider,
    model: modelIn(body),
    scope: namespace
  })
  if (request === undefined) return {}
  return {
    request: Option.match(usage, { onNone: () => request, onSome: (u) => scaledTo(request, totalInput(u)) })
  }
}

/** What an answer was charged, or what it saved that it was not charged again. */
const chargedOf = Effect.fnUntraced(function* (
  prices: PriceList["Type"] | undefined,
  provider: Provider | undefined,
  outcome: Outcome,
  { model, usage: told }: Answered
): Effect.fn.Return<Pick<TelemetryEvent, "tokenCount" | "cost" | "usage" | "priced" | "saved">> {
  const usage = Option.getOrUndefined(told)
  const isShared = outcome === "hit" || outcome === "follower"
  const unpriced = isShared ? Option.some(free) : Option.none()
  if (usage === undefined) return { tokenCount: nothing, cost: unpriced }
  // a sum of token counts is a token count
  const tokens = (totalInput(usage) + usage.output) as TokenCount
  const paid = isShared ? { tokenCount: nothing } : { tokenCount: tokens, usage }
  if (prices === undefined || provider === undefined) return { ...paid, cost: unpriced }
  const { amount, match, source, version } = yield* prices.price(provider, model, usage)
  const cost = isShared ? Option.some(free) : amount
  return {
    ...paid,
    cost,
    ...(yield* savingsOf(prices, {
      cost,
      model,
      outcome,
      price: { match, source, version },
      provider,
      usage,
      ...(isShared ? { saved: { tokens, usage, cost: amount } } : {})
    }))
  }
})

export const eventOf = Effect.fnUntraced(function* (
  prices: PriceList["Type"] | undefined,
  call: Call
): Effect.fn.Return<TelemetryEvent> {
  const { api, body, ended, endedAt, key, namespace, outcome: came, provider, sent, started } = call
  const answer = came._tag === "done" && isAnswer(came.value) ? came.value : undefined
  const answered = answeredIn({ kind: "fetch", outcome: came })
  const outcome = outcomeOf(call, answer)
  const error = came._tag === "interrupted" ? "interrupted" : failureOf(answer, answered)
  const event = {
    ...call.where,
    at: endedAt,
    scaffoldId: scaffoldIdOf(key),
    operation: "execute" as const,
    outcome,
    ...(namespace === undefined ? {} : { namespace }),
    ...(provider === undefined ? {} : { provider }),
    model: answered === undefined || answered.model === "" ? modelIn(body) : answered.model,
    tokenCount: nothing,
    cost: Option.some(free),
    latency: between(started, ended),
    cacheHit: outcome === "hit",
    metadata: {
      api,
      ...(answer === undefined ? {} : { status: answer.status }),
      ...(answered?.finishReason === undefined ? {} : { finishReason: answered.finishReason })
    },
    ...(error === undefined ? {} : { error })
  }
  // what was recorded was paid then, and saved then
  if (sent === undefined) return event
  const times = framesOf(answer, call)
  const isSent = isCall(event)
  const request = isSent ? requestIn(call, times[0], answered?.usage ?? Option.none()) : {}
  if (error !== undefined || answered === undefined) {
    return { ...event, ...request, cost: refusals.has(error ?? "") ? event.cost : Option.none() }
  }
  const said = answer?.frames.findIndex((frame) => saying.test(Buffer.from(frame, "base64").toString()))
  const firstToken = Option.fromNullable(times[said ?? -1])
  return {
    ...event,
    ...request,
    ...(yield* chargedOf(prices, provider, outcome, answered)),
    latencies: isSent
      ? {
          lookup: Option.none(),
          provider: Option.some(between(sent, ended)),
          firstToken: Option.map(firstToken, (at) => between(sent, at))
        }
      : { lookup: Option.some(event.latency), provider: Option.none(), firstToken: Option.none() }
  }
})
