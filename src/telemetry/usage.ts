/**
 * The providers' counters in the one convention of `Usage`. Anthropic's `input_tokens` is the uncached remainder;
 * everybody else's is the total. A counter that was not sent is none, never 0. OpenAI prices a cache write once, at the
 * rate that Anthropic has for five minutes: it is counted as `cacheWrite5m`.
 */
import * as Option from "effect/Option"
import type { TokenCount } from "../domain/Measures.js"
import type { Usage } from "../domain/Usage.js"

/** Counters as they come off a wire: servers leave out fields that the SDKs' types demand. */
export type Counters = Readonly<Record<string, unknown>>

const isCounters = (value: unknown): value is Counters => typeof value === "object" && value !== null

const count = (value: unknown): Option.Option<TokenCount> =>
  typeof value === "number" && Number.isInteger(value) && value >= 0
    ? Option.some(value as TokenCount) // an integer that is not negative, as checked
    : Option.none()

const or0 = (value: Option.Option<TokenCount>): number => Option.getOrElse(value, () => 0)

/** A difference of counters; below zero the provider contradicts itself, and 0 is the nearest that can be true. */
const minus = (total: number, ...parts: ReadonlyArray<number>): TokenCount =>
  Math.max(0, total - parts.reduce((sum, part) => sum + part, 0)) as TokenCount

const inside = (value: Counters, name: string): Counters => {
  const found = value[name]
  return isCounters(found) ? found : {}
}

/** None where there is no usage at all. */
export const fromAnthropic = (reported: unknown): Option.Option<Usage> => {
  if (!isCounters(reported)) return Option.none()
  const byTtl = inside(reported, "cache_creation")
  const written = count(reported["cache_creation_input_tokens"])
  const oneHour = count(byTtl["ephemeral_1h_input_tokens"])
  return Option.some({
    uncachedInput: minus(or0(count(reported["input_tokens"]))),
    cacheRead: count(reported["cache_read_input_tokens"]),
    cacheWrite5m: Option.orElse(count(byTtl["ephemeral_5m_input_tokens"]), () =>
      Option.map(written, (total) => minus(total, or0(oneHour)))
    ),
    cacheWrite1h: oneHour,
    output: minus(or0(count(reported["output_tokens"]))),
    reasoning: count(inside(reported, "output_tokens_details")["thinking_tokens"])
  })
}

const fromTotal = (
  total: unknown,
  output: unknown,
  cacheRead: Option.Option<TokenCount>,
  details: Counters,
  outputDetails: Counters
): Usage => {
  const written = count(details["cache_write_tokens"])
  return {
    uncachedInput: minus(or0(count(total)), or0(cacheRead), or0(written)),
    cacheRead,
    cacheWrite5m: written,
    cacheWrite1h: Option.none(),
    output: minus(or0(count(output))),
    reasoning: count(outputDetails["reasoning_tokens"])
  }
}

/** The usage of the Responses API. */
export const fromResponses = (reported: unknown): Option.Option<Usage> => {
  if (!isCounters(reported)) return Option.none()
  const details = inside(reported, "input_tokens_details")
  return Option.some(
    fromTotal(
      reported["input_tokens"],
      reported["output_tokens"],
      count(details["cached_tokens"]),
      details,
      inside(reported, "output_tokens_details")
    )
  )
}

/**
 * The usage of chat completions. llama.cpp also sends `timings`: `cache_n` tokens came from its cache, and before it
 * had that, the total less the `prompt_n` that were evaluated.
 */
export const fromChat = (reported: unknown, timings?: unknown): Option.Option<Usage> => {
  if (!isCounters(reported)) return Option.none()
  const details = inside(reported, "prompt_tokens_details")
  const timed = isCounters(timings) ? timings : {}
  const cached = count(details["cached_tokens"]).pipe(
    Option.orElse(() => count(timed["cache_n"])),
    Option.orElse(() =>
      Option.map(count(timed["prompt_n"]), (evaluated) =>
        minus(or0(count(reported["prompt_tokens"])), evaluated)
      )
    )
  )
  return Option.some(
    fromTotal(
      reported["prompt_tokens"],
      reported["completion_tokens"],
      cached,
      details,
      inside(reported, "completion_tokens_details")
    )
  )
}

/** Counters in a stream are cumulative: later ones overwrite earlier ones, and null says nothing. */
export const overwrite = (earlier: unknown, later: unknown): Counters => ({
  ...(isCounters(earlier) ? earlier : {}),
  ...(isCounters(later)
    ? Object.fromEntries(Object.entries(later).filter(([, value]) => value !== null && value !== undefined))
    : {})
})
