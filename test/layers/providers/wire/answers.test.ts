import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { assert } from "vitest"
import { totalInput } from "../../../../src/domain/Usage.js"
import { collect, fakeOf, key, providers, requestsOf, resolvedOf, wireOf } from "./support.js"

const answer = "Grüße aus dem Zwischenspeicher 🌍"

describe.each(providers)("an answer of %s", (provider) => {
  const { cached, model, small } = requestsOf(provider)

  it.scopedLive("is the same whole and as a stream, with usage, price and times", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider, { key })
      const wire = yield* wireOf(provider, fake.url)
      const resolved = resolvedOf(provider, model, small)
      const whole = yield* wire.execute(resolved)
      const streamed = yield* collect(wire.stream(resolved))

      assert.strictEqual(whole.content, answer)
      assert.strictEqual(streamed.text, answer)
      assert.strictEqual(streamed.result?.content, answer)
      for (const result of [whole, yield* Effect.fromNullable(streamed.result)]) {
        assert.strictEqual(result.finishReason, "stop")
        assert.strictEqual(result.provider, provider)
        assert.strictEqual(result.model, model)
        assert.strictEqual(result.attempts, 1)
        assert.isAbove(result.usage.output, 0)
        assert.strictEqual(result.tokens, totalInput(result.usage) + result.usage.output)
        assert.deepStrictEqual(
          Option.map(result.cost, (usd) => usd * 1e6),
          Option.some(result.tokens)
        )
        assert.deepStrictEqual(result.price, { source: "test-list", version: "1", match: "exact" })
      }
      assert.strictEqual(streamed.result?.usage.output, whole.usage.output)
      assert.isTrue(Option.isNone(whole.firstToken))
      assert.isTrue(
        Option.exists(
          streamed.result?.firstToken ?? Option.none(),
          (at) => at <= (streamed.result?.latency ?? 0)
        )
      )
    })
  )

  it.scopedLive("to a second request reads the stable part from the provider's cache", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider, { key })
      const wire = yield* wireOf(provider, fake.url)
      const first = yield* wire.execute(resolvedOf(provider, model, cached("How do I rotate a key?")))
      const second = yield* wire.execute(resolvedOf(provider, model, cached("Who may read the log?")))
      const streamed = yield* collect(
        wire.stream(resolvedOf(provider, model, cached("What does a retry cost?")))
      )

      assert.deepStrictEqual(
        Option.getOrElse(first.usage.cacheRead, () => -1),
        0
      )
      const read = Option.getOrElse(second.usage.cacheRead, () => 0)
      assert.isAbove(read, 1000)
      assert.isAtMost(read, totalInput(first.usage))
      assert.isAtLeast(
        Option.getOrElse(streamed.result?.usage.cacheRead ?? Option.none(), () => 0),
        1000
      )
    })
  )

  it.scopedLive("sends exactly the resolved body, and what the call adds to it", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider, { key, answer: "a".repeat(100) })
      const wire = yield* wireOf(provider, fake.url)
      const resolved = resolvedOf(provider, model, small)
      yield* wire.execute(resolved)
      assert.strictEqual(JSON.stringify(fake.requests[0]?.body), resolved.resolvedContent)

      const short = yield* wire.execute(resolved, { maxTokens: 5 })
      assert.strictEqual(short.finishReason, "max_tokens")
      assert.strictEqual(short.content, "a".repeat(20))
      const streamed = yield* collect(wire.stream(resolved, { maxTokens: 5 }))
      assert.strictEqual(streamed.result?.finishReason, "max_tokens")
      const limit = provider === "openai" ? "max_output_tokens" : "max_tokens"
      assert.deepStrictEqual(fake.requests[2]?.body, {
        ...small,
        [limit]: 5,
        stream: true,
        ...(provider === "anthropic" || provider === "openai"
          ? {}
          : { stream_options: { include_usage: true } })
      })
    })
  )

  it.scopedLive("keeps characters whole that are split between packets", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider)
      const wire = yield* wireOf(provider, fake.url)
      fake.script({ kind: "bytewise" })
      const { text } = yield* collect(wire.stream(resolvedOf(provider, model, small)))
      assert.strictEqual(text, answer)
    })
  )
})
