/**
 * Two weeks of reviews, in some seconds: the prompt of review.prompt.md, or of the file that is named, sent for every change that
 * came in. The provider is a server on this machine that keeps to Anthropic's rules; its clock, and that of Aegis, is moved by hand.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { countTokens } from "gpt-tokenizer/encoding/o200k_base"
import { readFileSync } from "node:fs"
import { Executor, resolveScaffold } from "aegis-prompt-cache"
import { AegisLive } from "aegis-prompt-cache/layers"
import { fakeAnthropic } from "../../test/support/fakes/index.js"
import { changes } from "./changes.js"

const file = process.argv[2] ?? "examples/history/review.prompt.md"
const key = "not-a-key"

/** Time that passes when it is told to. */
const time = { now: Date.now() }
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

const review = Effect.fnUntraced(function* (source: string, change: string) {
  const prompt = source.replace("{{now}}", new Date(time.now).toISOString()).replace("{{change}}", change)
  const resolved = yield* resolveScaffold(
    { prompt, provider: "anthropic", model: "claude-sonnet-5" },
    { file }
  )
  return yield* (yield* Executor).execute(resolved)
})

const history = Effect.gen(function* () {
  const source = readFileSync(file, "utf8")
  const { url } = yield* fakeAnthropic({
    key,
    clock: time,
    // as Aegis estimates the tokens of this model
    tokensOf: (text) => Math.round(countTokens(text) * 1.3),
    answer: (request) => {
      time.now += 1500
      return `Nothing found. Looked at ${JSON.stringify(request.messages).length} characters.`
    }
  })
  process.env["ANTHROPIC_API_KEY"] = key
  process.env["AEGIS_ANTHROPIC_BASE_URL"] = url
  const all = changes(time.now)
  const calls = Effect.forEach(
    all,
    ({ at, text }) => {
      time.now = at
      return review(source, text)
    },
    { discard: true }
  )
  yield* Effect.provide(calls, AegisLive)
  return all.length
})

Effect.runPromise(history.pipe(Effect.scoped, Effect.withClock(clock))).then(
  (calls) => console.log(`${calls} calls in two weeks`),
  (error: unknown) => {
    console.error(error)
    process.exitCode = 1
  }
)
