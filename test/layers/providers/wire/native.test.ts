import { describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { assert } from "vitest"
import { makeChatWire } from "../../../../layers/providers/wire/chat.js"
import * as AegisConfig from "../../../../src/services/AegisConfig.js"
import { template } from "../../../support/fakes/index.js"
import {
  collect,
  everyKey,
  fakeOf,
  key,
  prices,
  providers,
  requestsOf,
  resolvedOf,
  wireOf
} from "./support.js"

const local = ["vllm", "sglang", "llama-cpp"] as const

/** A local server's wire with its tokenizer. */
const chatWire = (provider: (typeof local)[number], url: string) =>
  makeChatWire({ provider }).pipe(
    Effect.provide(
      Layer.merge(
        prices,
        AegisConfig.layer("/", { vllmBaseUrl: url, sglangBaseUrl: url, llamaCppBaseUrl: url, timeoutMs: 300 })
      )
    ),
    Effect.withConfigProvider(ConfigProvider.fromMap(everyKey))
  )

describe("counting by the provider", () => {
  for (const provider of ["anthropic", "openai", "vllm", "llama-cpp"] as const) {
    it.scopedLive(`is exact for ${provider}, and sends nothing that only shapes the answer`, () =>
      Effect.gen(function* () {
        const fake = yield* fakeOf(provider, { key })
        const wire = yield* wireOf(provider, fake.url)
        const { cached, model } = requestsOf(provider)
        const resolved = resolvedOf(provider, model, cached("How do I rotate a key?"))
        const counted = yield* Option.getOrThrow(wire.countTokens)(resolved)
        const { usage } = yield* wire.execute(resolved)
        const { cacheRead, cacheWrite1h, cacheWrite5m, uncachedInput } = usage
        const measured = [cacheRead, cacheWrite1h, cacheWrite5m].reduce(
          (sum, part) => sum + Option.getOrElse(part, () => 0),
          uncachedInput as number // a number of tokens is a number
        )
        assert.strictEqual(counted, measured)
      })
    )
  }

  it.scopedLive("is not offered by SGLang, which tokenizes single messages only", () =>
    Effect.gen(function* () {
      assert.isTrue(Option.isNone((yield* wireOf("sglang", undefined)).countTokens))
    })
  )

  for (const provider of ["anthropic", "openai", "vllm", "llama-cpp"] as const) {
    it.scopedLive(`fails typed when ${provider} refuses or does not know how`, () =>
      Effect.gen(function* () {
        const fake = yield* fakeOf(provider, { key: "another" })
        const wire = yield* wireOf(provider, fake.url)
        const { model, small } = requestsOf(provider)
        const count = Option.getOrThrow(wire.countTokens)
        assert.strictEqual((yield* Effect.flip(count(resolvedOf(provider, model, small))))._tag, "AuthFailed")
      })
    )
  }
})

describe.each(local)("plain text at %s", (provider) => {
  it.scopedLive("is counted by the server's own tokenizer", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider, { key })
      const wire = yield* chatWire(provider, `${fake.url}/v1/`)
      assert.strictEqual(yield* wire.tokenizeText("a".repeat(41), "qwen3-8b"), 11)
      assert.strictEqual(fake.requests[0]?.headers.authorization, `Bearer ${key}`)
      assert.deepStrictEqual(
        fake.requests[0]?.body,
        provider === "llama-cpp"
          ? { content: "a".repeat(41), add_special: false, parse_special: false }
          : { model: "qwen3-8b", prompt: "a".repeat(41), add_special_tokens: false }
      )
    })
  )

  it.scopedLive("ends in a typed error when the answer is broken, late or a refusal", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider)
      const wire = yield* chatWire(provider, fake.url)
      const count = Effect.flip(wire.tokenizeText("a", "qwen3-8b"))
      fake.script(
        { kind: "malformed", after: 0 },
        { kind: "hang", after: 0 },
        {
          kind: "status",
          status: 429,
          error: { type: "rate_limit_error", message: "" }
        }
      )
      assert.include(yield* count, { _tag: "StreamBroken", reason: "malformed" })
      assert.include(yield* count, { _tag: "ProviderUnavailable", reason: "timeout" })
      yield* fake.disconnected
      assert.include(yield* count, { _tag: "RateLimited" })
    })
  )

  it.scopedLive("is malformed when the server answers something else than counts", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf("anthropic")
      const wire = yield* chatWire(provider, fake.url)
      const error = yield* Effect.flip(wire.tokenizeText("a", "qwen3-8b"))
      assert.include(error, { _tag: "InvalidRequest", status: 404 })
    })
  )
})

describe("a local server", () => {
  it.scopedLive("is sent no key, and nothing that the environment says about OpenAI, when it has none", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf("vllm")
      const wire = yield* wireOf("vllm", fake.url, { env: new Map() })
      const { model, small } = requestsOf("vllm")
      yield* wire.execute(resolvedOf("vllm", model, small))
      const headers = fake.requests[0]?.headers ?? {}
      assert.isUndefined(headers.authorization)
      assert.isUndefined(headers["openai-organization"])
    })
  )

  it.scopedLive("that was not told to report its cache is reported as such, never as 0", () =>
    Effect.gen(function* () {
      for (const [provider, flag] of [
        ["vllm", "--enable-prompt-tokens-details"],
        ["sglang", "--enable-cache-report"]
      ] as const) {
        const fake = yield* fakeOf(provider, { reportsCache: false })
        const wire = yield* wireOf(provider, fake.url)
        const { model, small } = requestsOf(provider)
        const whole = yield* wire.execute(resolvedOf(provider, model, small))
        const { result } = yield* collect(wire.stream(resolvedOf(provider, model, small)))
        for (const found of [whole, result]) {
          assert.deepStrictEqual(found?.usage.cacheRead, Option.none())
          assert.deepStrictEqual(
            found?.warnings.map(({ code }) => code),
            ["cache-not-reported"]
          )
          assert.include(found?.warnings[0]?.message, flag)
        }
      }
    })
  )

  it.scopedLive("of an old llama.cpp tells its cache hits by its timings", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf("llama-cpp", { old: true })
      const wire = yield* wireOf("llama-cpp", fake.url)
      const { cached, model } = requestsOf("llama-cpp")
      const body = cached("Who may read the log?")
      yield* wire.execute(resolvedOf("llama-cpp", model, body))
      const again = yield* collect(wire.stream(resolvedOf("llama-cpp", model, body)))
      const size = Math.ceil(Buffer.byteLength(template((body as { messages: [] }).messages)) / 4) // as built there
      // the last token of a prompt is always evaluated
      assert.deepStrictEqual(again.result?.usage.cacheRead, Option.some(size - 1))
    })
  )

  it.scopedLive("that reports no usage costs an unknown amount, not nothing", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf("sglang", { silent: true })
      const wire = yield* wireOf("sglang", fake.url)
      const { model, small } = requestsOf("sglang")
      const whole = yield* wire.execute(resolvedOf("sglang", model, small))
      const { result } = yield* collect(wire.stream(resolvedOf("sglang", model, small)))
      for (const found of [whole, result]) {
        assert.deepStrictEqual(found?.cost, Option.none())
        assert.deepStrictEqual(
          found?.warnings.map(({ code }) => code),
          ["usage-not-reported"]
        )
      }
    })
  )

  it.scopedLive("isolates tenants by their salt", () =>
    Effect.gen(function* () {
      for (const provider of ["vllm", "sglang"] as const) {
        const fake = yield* fakeOf(provider)
        const wire = yield* wireOf(provider, fake.url)
        const { cached, model } = requestsOf(provider)
        const read = (salt: string) =>
          Effect.map(
            wire.execute(resolvedOf(provider, model, { ...cached("Who?"), cache_salt: salt })),
            ({ usage }) => Option.getOrElse(usage.cacheRead, () => -1)
          )
        assert.strictEqual(yield* read("one"), 0)
        assert.strictEqual(yield* read("two"), 0)
        assert.isAbove(yield* read("one"), 1000)
      }
    })
  )
})

describe.each(providers)("the health of %s", (provider) => {
  it.scopedLive("is ok with what it serves, unauthorized with a wrong key, unreachable when it is gone", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider, { key })
      const { health } = yield* wireOf(provider, fake.url)
      const ok = yield* health
      assert.strictEqual(ok.status, "ok")
      assert.include(ok.detail, requestsOf(provider).model)
      if (provider === "vllm") assert.include(ok.detail, "vLLM 0.30.1")
      if (provider === "vllm") assert.include(ok.detail, "--enable-prompt-tokens-details")
      if (provider === "llama-cpp") assert.include(ok.detail, "b11669")

      const other = yield* fakeOf(provider, { key: "another" })
      const refused = yield* (yield* wireOf(provider, other.url)).health
      assert.strictEqual(refused.status, "unauthorized")
      assert.notInclude(refused.detail, key)

      const gone = yield* Effect.scoped(Effect.map(fakeOf(provider), ({ url }) => url))
      assert.include(yield* (yield* wireOf(provider, gone)).health, {
        status: "unreachable",
        detail: `no answer from ${provider === "openai" ? `${gone}/v1` : gone}`
      })
    })
  )
})

describe("the health of a provider that nobody set up", () => {
  it.effect("is unconfigured, and says what to set", () =>
    Effect.gen(function* () {
      for (const provider of ["anthropic", "openai"] as const) {
        const { health } = yield* wireOf(provider, undefined, { env: new Map() })
        assert.deepStrictEqual(yield* health, {
          status: "unconfigured",
          detail: `set ${provider.toUpperCase()}_API_KEY`
        })
      }
      const refuse = () => Promise.reject(new TypeError("fetch failed"))
      const { health } = yield* wireOf("vllm", undefined, { options: { fetch: refuse } })
      assert.deepStrictEqual(yield* health, {
        status: "unconfigured",
        detail: "nothing answers at http://127.0.0.1:8000, the default; set AEGIS_VLLM_BASE_URL"
      })
    })
  )

  it.effect(
    "is unreachable when something else answers there, and lists no more models than can be read",
    () =>
      Effect.gen(function* () {
        const answering = (body: string, status: number) => () =>
          Promise.resolve(new Response(body, { status }))
        const odd = yield* wireOf("vllm", "http://127.0.0.1:1", {
          options: { fetch: answering("<html>", 502) }
        })
        assert.deepStrictEqual(yield* odd.health, {
          status: "unreachable",
          detail: "http://127.0.0.1:1 answered, but not as expected (ProviderUnavailable)"
        })
        const data = Array.from({ length: 9 }, (_, at) => ({ id: `m${at}` }))
        const many = yield* wireOf("sglang", "http://127.0.0.1:1", {
          options: { fetch: answering(JSON.stringify({ data }), 200) }
        })
        const { detail } = yield* many.health
        assert.match(detail, /^9 models: m0, m1, m2, m3, m4, …;/)
      })
  )
})
