/**
 * When a request is sent again. One schedule for all providers: exponential, capped, jittered, and obedient to the
 * provider's own retry-after up to a limit; beyond it the caller is told at once instead of being kept waiting.
 */
import * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"
import type { ProviderError } from "../../../src/domain/ProviderErrors.js"

/** `base` is the first pause, `cap` the longest of our own, `retryAfterLimit` the longest asked by a provider. */
export interface RetryPolicy {
  readonly maxRetries: number
  readonly base: Duration.DurationInput
  readonly cap: Duration.DurationInput
  readonly retryAfterLimit: Duration.DurationInput
}

export const defaults: RetryPolicy = {
  maxRetries: 3,
  base: "500 millis",
  cap: "8 seconds",
  retryAfterLimit: "60 seconds"
}

/** An error, and whether the provider allows another try: a spent quota answers 429 like a busy minute does. */
export interface Failure {
  readonly error: ProviderError
  readonly mayRetry: boolean
}

const retryAfterOf = (error: ProviderError): number | undefined =>
  error._tag === "RateLimited" || error._tag === "Overloaded" ? error.retryAfter : undefined

const transient = new Set<ProviderError["_tag"]>(["RateLimited", "Overloaded", "ProviderUnavailable"])

/** Whether this failure is worth another request under the policy. */
export const isRetryable = (failure: Failure, policy: RetryPolicy): boolean =>
  failure.mayRetry &&
  transient.has(failure.error._tag) &&
  (retryAfterOf(failure.error) ?? 0) <= Duration.toMillis(policy.retryAfterLimit)

/**
 * The pauses between requests. A provider's retry-after is waited for in full, never less; our own pauses double from
 * `base` to `cap`, ±20 %.
 */
export const schedule = (policy: RetryPolicy): Schedule.Schedule<unknown, Failure> =>
  Schedule.exponential(policy.base).pipe(
    Schedule.modifyDelay((_, delay) => Duration.min(delay, policy.cap)),
    Schedule.jittered,
    Schedule.intersect(Schedule.recurs(policy.maxRetries)),
    Schedule.zipRight(Schedule.identity<Failure>()),
    Schedule.modifyDelay((failure, delay) => {
      const asked = retryAfterOf(failure.error)
      return asked === undefined ? delay : Duration.millis(asked)
    }),
    Schedule.whileInput((failure: Failure) => isRetryable(failure, policy))
  )
