/**
 * From a fault to the typed error that says what to do. One table for all providers: where they differ is in how they
 * say that a prompt is too long, that a model is unknown, and that they are overloaded.
 */
import {
  AuthFailed,
  ContextOverflow,
  InvalidRequest,
  ModelNotFound,
  Overloaded,
  ProviderUnavailable,
  RateLimited,
  StreamBroken
} from "../../../src/domain/ProviderErrors.js"
import type { Millis } from "../../../src/domain/Measures.js"
import type { Provider } from "../../../src/domain/Provider.js"
import { faultOf, type Fault } from "./fault.js"
import type { Failure } from "./retry.js"

/** Whom the error is about. `variable` is the environment variable of the key, `now` in milliseconds since the epoch. */
export interface Subject {
  readonly provider: Provider
  readonly model: string
  readonly variable: string
  readonly now: number
}

/** How each provider says that a prompt is too long; the groups are the prompt's tokens and the room, where it says. */
const overflows: ReadonlyArray<RegExp> = [
  /prompt is too long(?:: (?<prompt>\d+) tokens > (?<room>\d+) maximum)?/,
  /input length and `?max_tokens`? exceed context limit/,
  /maximum context length is (?<room>\d+) tokens.*?(?:resulted in|requested|contains at least) (?<prompt>\d+)/s,
  /passed (?<prompt>\d+) input tokens.*context length is only (?<room>\d+)/s,
  /(?:prompt|input) \((?:length )?(?<prompt>\d+)(?: tokens)?\) is longer than the (?:model's context length|maximum model length)(?: of)? \(?(?<room>\d+)/,
  /exceeds the (?:context window|available context size|model's maximum context length)/,
  /maximum context length/
]

const overflowOf = (fault: Fault): { prompt?: number; room?: number } | undefined => {
  const match = overflows.map((pattern) => pattern.exec(fault.prose)).find((found) => found !== null)
  const named =
    fault.code === "context_length_exceeded" ||
    fault.type === "exceed_context_size_error" ||
    fault.status === 413
  if (match === undefined && !named) return undefined
  const prompt = fault.promptTokens ?? match?.groups?.["prompt"]
  const room = fault.contextTokens ?? match?.groups?.["room"]
  return {
    ...(prompt === undefined ? {} : { prompt: Number(prompt) }),
    ...(room === undefined ? {} : { room: Number(room) })
  }
}

const unknownModel = (fault: Fault): boolean =>
  fault.code === "model_not_found" ||
  (fault.status === 404 && fault.type === "not_found_error" && fault.prose.startsWith("model:")) ||
  ((fault.status === 404 || fault.status === 400) &&
    /\bmodel\b.*(does not exist|not found|is not supported)/.test(fault.prose))

/** retry-after-ms, or retry-after in seconds or as a date; in milliseconds. */
const retryAfterOf = (fault: Fault, now: number): Millis | undefined => {
  const exact = Number(fault.header("retry-after-ms") ?? Number.NaN)
  const coarse = fault.header("retry-after")
  const seconds = Number(coarse ?? Number.NaN)
  const wait = [exact, seconds * 1000, Date.parse(coarse ?? "") - now].find((ms) => Number.isFinite(ms))
  // finite and not negative, which is what Millis asks for
  return wait === undefined ? undefined : (Math.max(0, wait) as Millis)
}

/** What may be told of a fault: identifiers only. */
const causeOf = (fault: Fault): Readonly<Record<string, unknown>> => ({
  kind: fault.kind,
  ...(fault.status === undefined ? {} : { status: fault.status }),
  ...(fault.type === undefined ? {} : { type: fault.type }),
  ...(fault.code === undefined ? {} : { code: fault.code })
})

const isOverloaded = (fault: Fault, subject: Subject): boolean =>
  fault.status === 529 ||
  fault.type === "overloaded_error" ||
  (fault.status === 503 && (subject.provider === "openai" || subject.provider === "anthropic"))

/** A quota that is used up does not come back within a retry. */
const isSpent = (fault: Fault): boolean =>
  fault.code === "insufficient_quota" || fault.type === "insufficient_quota"

/** The failure that a thrown value stands for, before any part of an answer was seen. */
export const toFailure = (thrown: unknown, subject: Subject): Failure => {
  const fault = faultOf(thrown)
  const { status } = fault
  const base = {
    provider: subject.provider,
    model: subject.model,
    cause: causeOf(fault),
    ...(fault.requestId === undefined ? {} : { requestId: fault.requestId })
  }
  const statusField = status === undefined ? {} : { status }
  const wait = retryAfterOf(fault, subject.now)
  const waitField = wait === undefined ? {} : { retryAfter: wait }
  const mayRetry = fault.header("x-should-retry") !== "false" && !isSpent(fault)
  const failure = (error: Failure["error"]): Failure => ({ error, mayRetry })

  if (fault.kind === "malformed") return failure(new StreamBroken({ ...base, reason: "malformed" }))
  if (fault.kind === "connection" || fault.kind === "timeout") {
    return failure(new ProviderUnavailable({ ...base, reason: fault.kind }))
  }
  if (status === 401 || status === 402 || status === 403) {
    return failure(new AuthFailed({ ...base, variable: subject.variable }))
  }
  if (status === 429) return failure(new RateLimited({ ...base, ...waitField }))
  if (isOverloaded(fault, subject)) return failure(new Overloaded({ ...base, ...waitField }))
  const overflow = overflowOf(fault)
  if (overflow !== undefined) {
    return failure(
      new ContextOverflow({
        ...base,
        ...(overflow.prompt === undefined ? {} : { promptTokens: overflow.prompt }),
        ...(overflow.room === undefined ? {} : { contextTokens: overflow.room })
      })
    )
  }
  if (unknownModel(fault)) return failure(new ModelNotFound(base))
  if (status === 408 || status === 504) {
    return failure(new ProviderUnavailable({ ...base, ...statusField, reason: "timeout" }))
  }
  if (status === 409 || status === undefined || status >= 500) {
    return failure(new ProviderUnavailable({ ...base, ...statusField, reason: "server" }))
  }
  return failure(
    new InvalidRequest({
      ...base,
      ...statusField,
      ...(fault.parameter === undefined ? {} : { parameter: fault.parameter })
    })
  )
}

/** The error for a stream that had begun: whatever the reason, what came is not an answer. */
export const toBroken = (thrown: unknown, subject: Subject): StreamBroken => {
  const fault = faultOf(thrown)
  return new StreamBroken({
    provider: subject.provider,
    model: subject.model,
    reason: fault.kind === "malformed" ? "malformed" : fault.kind === "reported" ? "error-event" : "cut",
    cause: causeOf(fault),
    ...(fault.requestId === undefined ? {} : { requestId: fault.requestId })
  })
}
