import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { assert } from "vitest"
import type { BuiltInProvider } from "../../../../src/domain/Provider.js"
import type { Fake, ManualClock } from "../../../support/fakes/index.js"
import { fakeOf, resolvedOf, wireOf } from "./support.js"

/** What was read from and written to the cache by one request. */
const touch = (provider: BuiltInProvider, fake: Fake, request: { readonly model: string }) =>
  Effect.gen(function* () {
    const wire = yield* wireOf(provider, fake.url)
    const { usage } = yield* wire.execute(resolvedOf(provider, request.model, request))
    const or0 = Option.getOrElse(() => 0)
    return { read: or0(usage.cacheRead), short: or0(usage.cacheWrite5m), long: or0(usage.cacheWrite1h) }
  })

const refused = (provider: BuiltInProvider, fake: Fake, request: { readonly model: string }) =>
  Effect.flatMap(wireOf(provider, fake.url), (wire) =>
    Effect.map(Effect.flip(wire.execute(resolvedOf(provider, request.model, request))), ({ _tag }) => _tag)
  )

const words = (tokens: number): string => "abcd".repeat(tokens)

describe("the Anthropic that tests talk to", () => {
  const part = (text: string, ttl?: "5m" | "1h") => ({
    type: "text",
    text,
    ...(ttl === undefined ? {} : { cache_control: { type: "ephemeral", ttl } })
  })
  const request = (system: ReadonlyArray<object>, more: object = {}) => ({
    model: "claude-opus-5-5",
    max_tokens: 10,
    system,
    messages: [{ role: "user", content: "Who?" }],
    ...more
  })

  it.scopedLive("refuses five marks, an hour after five minutes, and a mark on nothing", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf("anthropic")
      const five = Array.from({ length: 5 }, () => part("a", "5m"))
      for (const system of [five, [part("a", "5m"), part("b", "1h")], [part("", "5m")]]) {
        assert.strictEqual(yield* refused("anthropic", fake, request(system)), "InvalidRequest")
      }
      const fourAndOneMore = request(five.slice(1), { cache_control: { type: "ephemeral" } })
      assert.strictEqual(yield* refused("anthropic", fake, fourAndOneMore), "InvalidRequest")
    })
  )

  it.scopedLive("keeps nothing that is shorter than the minimum, and says so by zeros", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf("anthropic")
      for (let i = 0; i < 2; i++) {
        const seen = yield* touch("anthropic", fake, request([part(words(900), "5m")]))
        assert.deepStrictEqual(seen, { read: 0, short: 0, long: 0 })
      }
    })
  )

  it.scopedLive("writes per time to live, forgets when it is over, and a read renews it", () =>
    Effect.gen(function* () {
      const clock: ManualClock = { now: 0 }
      const fake = yield* fakeOf("anthropic", { clock })
      const both = request([part(words(2000), "1h"), part(words(1000), "5m")])
      const cold = yield* touch("anthropic", fake, both)
      assert.isAbove(cold.long, 1999)
      assert.isAbove(cold.short, 999)
      clock.now = 4 * 60_000
      assert.strictEqual((yield* touch("anthropic", fake, both)).read, cold.long + cold.short)
      clock.now += 4 * 60_000
      assert.strictEqual((yield* touch("anthropic", fake, both)).read, cold.long + cold.short)
      clock.now += 5 * 60_000
      assert.deepStrictEqual(yield* touch("anthropic", fake, both), {
        read: cold.long,
        short: cold.short,
        long: 0
      })
      clock.now += 60 * 60_000
      assert.deepStrictEqual(yield* touch("anthropic", fake, both), {
        read: 0,
        short: cold.short,
        long: cold.long
      })
    })
  )

  it.scopedLive("looks back twenty positions from a mark, and no further", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf("anthropic")
      const grown = (positions: number) =>
        request([part(words(2000), "5m"), ...Array.from({ length: positions }, (_, at) => part(`${at}`))], {
          cache_control: { type: "ephemeral" }
        })
      const unmarked = (positions: number) => {
        const whole = grown(positions)
        return { ...whole, system: whole.system.map((block) => ({ ...block, cache_control: null })) }
      }
      yield* touch("anthropic", fake, grown(1))
      // the stable block is position 0, the question at the end the mark's own
      assert.isAbove((yield* touch("anthropic", fake, unmarked(18))).read, 1999)
      const far = yield* fakeOf("anthropic")
      yield* touch("anthropic", far, grown(1))
      assert.strictEqual((yield* touch("anthropic", far, unmarked(19))).read, 0)
    })
  )
})

describe("the OpenAI that tests talk to", () => {
  const part = (text: string, marked = false) => ({
    type: "input_text",
    text,
    ...(marked ? { prompt_cache_breakpoint: { mode: "explicit" } } : {})
  })
  const request = (parts: ReadonlyArray<object>, question: string, more: object = {}) => ({
    model: "gpt-5.6",
    input: [
      { role: "developer", content: parts },
      { role: "user", content: [part(question)] }
    ],
    ...more
  })
  const explicit = { prompt_cache_options: { mode: "explicit" } }

  it.scopedLive("caches nothing in explicit mode without a mark", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf("openai")
      for (let i = 0; i < 2; i++) {
        const seen = yield* touch("openai", fake, request([part(words(3000))], "Who?", explicit))
        assert.deepStrictEqual(seen, { read: 0, short: 0, long: 0 })
      }
    })
  )

  it.scopedLive("finds only what ends at a mark, under the same key", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf("openai")
      const ask = (question: string, marked: boolean, key: string) =>
        touch(
          "openai",
          fake,
          request([part(words(3000), marked)], question, { ...explicit, prompt_cache_key: key })
        )
      const cold = yield* ask("Who?", true, "k")
      assert.strictEqual((yield* ask("Where?", true, "k")).read, cold.short)
      assert.strictEqual((yield* ask("Where?", false, "k")).read, 0)
      assert.strictEqual((yield* ask("Where?", true, "other")).read, 0)
    })
  )

  it.scopedLive(
    "writes the latest four marks, three beside the implicit one, and forgets after half an hour",
    () =>
      Effect.gen(function* () {
        const clock: ManualClock = { now: 0 }
        const fake = yield* fakeOf("openai", { clock })
        const five = Array.from({ length: 5 }, (_, at) => part(`${at}${words(1200)}`, true))
        yield* touch("openai", fake, request(five, "Who?", explicit))
        const firstOnly = yield* touch("openai", fake, request(five.slice(0, 1), "Where?", explicit))
        assert.strictEqual(firstOnly.read, 0)
        const firstTwo = yield* touch("openai", fake, request(five.slice(0, 2), "Where?", explicit))
        assert.isAbove(firstTwo.read, 2400)
        const implicit = yield* fakeOf("openai", { clock })
        yield* touch("openai", implicit, request(five, "Who?"))
        assert.strictEqual(
          (yield* touch("openai", implicit, request(five.slice(0, 2), "Where?", explicit))).read,
          0
        )
        clock.now = 30 * 60_000
        assert.strictEqual(
          (yield* touch("openai", fake, request(five.slice(0, 3), "Where?", explicit))).read,
          0
        )
      })
  )

  it.scopedLive("of older models caches by itself from 1024 tokens on, and refuses to be told", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf("openai")
      const old = { model: "gpt-5.1" }
      for (const [size, expected] of [
        [900, 0],
        [3000, 2944]
      ] as const) {
        yield* touch("openai", fake, request([part(words(size))], "Who?", old))
        const seen = yield* touch("openai", fake, request([part(words(size))], "Where?", old))
        assert.deepStrictEqual(seen, { read: expected, short: 0, long: 0 })
      }
      for (const told of [{ ...explicit }, {}]) {
        const marked = request([part("a", true)], "Who?", { ...old, ...told })
        assert.strictEqual(yield* refused("openai", fake, marked), "InvalidRequest")
      }
    })
  )

  it.scopedLive("answers with a refusal, another tier or a failure inside a response of status 200", () =>
    Effect.gen(function* () {
      const one = { model: "gpt-5.6", input: "Who?" }
      const resolved = resolvedOf("openai", "gpt-5.6", one)
      const refusing = yield* wireOf("openai", (yield* fakeOf("openai", { refuses: true })).url)
      assert.strictEqual((yield* refusing.execute(resolved)).finishReason, "refusal")
      const flex = yield* wireOf("openai", (yield* fakeOf("openai", { serviceTier: "flex" })).url)
      const answered = yield* flex.execute(resolved)
      assert.deepStrictEqual(
        answered.warnings.map(({ code }) => code),
        ["service-tier"]
      )
      for (const [failsWith, tag] of [
        ["server_error", "ProviderUnavailable"],
        ["rate_limit_exceeded", "RateLimited"]
      ] as const) {
        const fake = yield* fakeOf("openai", { failsWith })
        assert.strictEqual(yield* refused("openai", fake, one), tag)
        assert.isAbove(fake.requests.length, 1)
      }
    })
  )
})

describe("the local servers that tests talk to", () => {
  const request = (text: string, more: object = {}) => ({
    model: "qwen3-8b",
    messages: [{ role: "user", content: text }],
    ...more
  })

  it.scopedLive("cache in the steps of each, 16 tokens or one, and read the last token anew", () =>
    Effect.gen(function* () {
      const reads: Record<string, number> = {}
      for (const provider of ["vllm", "sglang", "llama-cpp"] as const) {
        const fake = yield* fakeOf(provider)
        yield* touch(provider, fake, request(words(50)))
        reads[provider] = (yield* touch(provider, fake, request(words(50)))).read
      }
      // the template's own three marks are another 28 bytes
      const total = Math.ceil((200 + 28) / 4)
      assert.deepStrictEqual(reads, { vllm: 48, sglang: total - 1, "llama-cpp": total - 1 })
    })
  )

  it.scopedLive("refuse what is not theirs, and a system message that comes late", () =>
    Effect.gen(function* () {
      const late = {
        model: "qwen3-8b",
        messages: [
          { role: "user", content: "Who?" },
          { role: "system", content: "Be brief." }
        ]
      }
      const vllm = yield* fakeOf("vllm")
      assert.strictEqual(yield* refused("vllm", vllm, request("Who?", { cache_salt: "" })), "InvalidRequest")
      assert.strictEqual(
        yield* refused("vllm", vllm, request("Who?", { cache_prompt: true })),
        "InvalidRequest"
      )
      assert.strictEqual(yield* refused("vllm", vllm, late), "InvalidRequest")
      const llama = yield* fakeOf("llama-cpp")
      assert.strictEqual(yield* refused("llama-cpp", llama, late), "ProviderUnavailable")
      yield* touch("llama-cpp", llama, request(words(50)))
      const off = yield* touch("llama-cpp", llama, request(words(50), { cache_prompt: false }))
      assert.strictEqual(off.read, 0)
    })
  )
})

describe("a refusal of Anthropic", () => {
  it.scopedLive("is a reason to finish, not an error", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf("anthropic", { stopReason: "refusal", serviceTier: "priority" })
      const wire = yield* wireOf("anthropic", fake.url)
      const answer = yield* wire.execute(
        resolvedOf("anthropic", "claude-opus-5-5", {
          model: "claude-opus-5-5",
          max_tokens: 100,
          messages: [{ role: "user", content: "Who?" }]
        })
      )
      assert.strictEqual(answer.finishReason, "refusal")
      assert.deepStrictEqual(
        answer.warnings.map(({ code }) => code),
        ["service-tier"]
      )
    })
  )
})
