/**
 * Two weeks of reviews in some seconds: a prompt that is sent for every change that came in. The provider is a server on this machine that
 * keeps to Anthropic's rules; its clock, and that of Aegis, is moved by hand.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { countTokens } from "gpt-tokenizer/encoding/o200k_base"
import { Executor, resolveScaffold } from "aegis-prompt-cache"
import { fakeAnthropic } from "../../test/support/fakes/index.js"
import { changes } from "./changes.js"

export const key = "not-a-key"

/** The two weeks end before today. */
const until = Date.now()

/** Time that passes when it is told to. */
const time = { now: until }
const nanos = (): bigint => BigInt(Math.round(time.now)) * 1_000_000n
const real = Clock.make()
const clock: Clock.Clock = {
  [Clock.ClockTypeId]: Clock.ClockTypeId,
  unsafeCurrentTimeMillis: () => time.now,
  unsafeCurrentTimeNanos: nanos,
  currentTimeMillis: Effect.sync(() => time.now),
  currentTimeNanos: Effect.sync(nanos),
  sleep: (duration) => real.sleep(duration)
}

/** Answers each request after a second and a half. */
export const provider = fakeAnthropic({
  key,
  clock: time,
  // as Aegis estimates the tokens of this model
  tokensOf: (text) => Math.round(countTokens(text) * 1.3),
  answer: ({ messages }) => {
    time.now += 1500
    return `Nothing found. Looked at ${JSON.stringify(messages).length} characters.`
  }
})

const review = Effect.fnUntraced(function* (source: string, change: string) {
  const prompt = source.replace("{{now}}", new Date(time.now).toISOString()).replace("{{change}}", change)
  const resolved = yield* resolveScaffold({ prompt, provider: "anthropic", model: "claude-sonnet-5" })
  return yield* (yield* Executor).execute(resolved)
})

/** Sends the prompt for every change. Gives back how many there were. */
export const history = Effect.fnUntraced(function* (source: string) {
  const all = changes(until)
  yield* Effect.forEach(
    all,
    ({ at, text }) => {
      time.now = at
      return review(source, text)
    },
    { discard: true }
  )
  return all.length
}, Effect.withClock(clock))
