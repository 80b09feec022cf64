import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { assert } from "vitest"
import type { BuiltInProvider } from "../../../../src/domain/Provider.js"
import type { ProviderError, StreamBroken } from "../../../../src/domain/ProviderErrors.js"
import type { Fault } from "../../../support/fakes/index.js"
import { collect, fakeOf, key, providers, requestsOf, resolvedOf, wireOf } from "./support.js"

const hosted = (provider: BuiltInProvider): boolean => provider === "anthropic" || provider === "openai"

const status = (
  code: number,
  type: string,
  headers: Record<string, string> = {},
  message = "Please try again."
): Fault => ({ kind: "status", status: code, error: { type, message }, headers })

interface Row {
  readonly what: string
  readonly fault: Fault
  readonly tag: ProviderError["_tag"]
  /** Requests sent with two retries allowed. */
  readonly sent: number
  readonly fields?: (provider: BuiltInProvider) => object
}

/** Faults before any part of an answer, which mean the same whole or streamed. */
const rows: ReadonlyArray<Row> = [
  {
    what: "429 with retry-after-ms",
    fault: status(429, "rate_limit_error", { "retry-after-ms": "2" }),
    tag: "RateLimited",
    sent: 3,
    fields: () => ({ retryAfter: 2, requestId: "req_fake_1" })
  },
  {
    what: "429 with a retry-after beyond the limit",
    fault: status(429, "rate_limit_error", { "retry-after": "3600" }),
    tag: "RateLimited",
    sent: 1,
    fields: () => ({ retryAfter: 3_600_000 })
  },
  {
    what: "429 that forbids another try",
    fault: status(429, "rate_limit_error", { "x-should-retry": "false" }),
    tag: "RateLimited",
    sent: 1
  },
  { what: "529", fault: status(529, "overloaded_error"), tag: "Overloaded", sent: 3 },
  {
    what: "500",
    fault: status(500, "api_error"),
    tag: "ProviderUnavailable",
    sent: 3,
    fields: () => ({ reason: "server", status: 500 })
  },
  {
    what: "504",
    fault: status(504, "timeout_error"),
    tag: "ProviderUnavailable",
    sent: 3,
    fields: () => ({ reason: "timeout", status: 504 })
  },
  {
    what: "403",
    fault: status(403, "permission_error"),
    tag: "AuthFailed",
    sent: 1,
    fields: (provider) => ({ variable: `${provider.toUpperCase().replace("-", "_")}_API_KEY` })
  },
  {
    what: "400",
    fault: status(400, "invalid_request_error", {}, "max_tokens: must be positive"),
    tag: "InvalidRequest",
    sent: 1,
    fields: () => ({ status: 400, parameter: "max_tokens" })
  },
  {
    what: "404 that is not about the model",
    fault: status(404, "NotFound", {}, "Not Found"),
    tag: "InvalidRequest",
    sent: 1,
    fields: () => ({ status: 404 })
  }
]

describe.each(providers)("%s", (provider) => {
  const { model, small } = requestsOf(provider)
  const resolved = resolvedOf(provider, model, small)
  const twice = { settings: { maxRetries: 2 } }

  for (const { fault, fields, sent, tag, what } of rows) {
    it.scopedLive(`answering ${what} is ${tag} after ${sent} request(s), whole or streamed`, () =>
      Effect.gen(function* () {
        const fake = yield* fakeOf(provider)
        const wire = yield* wireOf(provider, fake.url, twice)
        fake.script(...Array.from({ length: sent }, () => fault))
        const whole = yield* Effect.flip(wire.execute(resolved))
        assert.strictEqual(whole._tag, tag)
        assert.include(whole, { provider, model, ...fields?.(provider) })
        assert.lengthOf(fake.requests, sent)

        fake.script(...Array.from({ length: sent }, () => fault))
        const streamed = yield* Effect.flip(collect(wire.stream(resolved)))
        assert.strictEqual(streamed._tag, tag)
        assert.include(streamed, { provider, model, ...fields?.(provider) })
        assert.lengthOf(fake.requests, 2 * sent)
      })
    )
  }

  it.scopedLive("answering after two refusals has needed three attempts", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider)
      const wire = yield* wireOf(provider, fake.url, twice)
      const busy = status(529, "overloaded_error")
      fake.script(busy, busy)
      assert.strictEqual((yield* wire.execute(resolved)).attempts, 3)
      fake.script(busy, busy)
      assert.strictEqual((yield* collect(wire.stream(resolved))).result?.attempts, 3)
    })
  )

  it.scopedLive("not being there is ProviderUnavailable after every retry", () =>
    Effect.gen(function* () {
      const url = yield* Effect.scoped(Effect.map(fakeOf(provider), (fake) => fake.url))
      const wire = yield* wireOf(provider, url, twice)
      const error = yield* Effect.flip(wire.execute(resolved))
      assert.include(error, { _tag: "ProviderUnavailable", reason: "connection" })
    })
  )

  it.scopedLive("refusing the key is AuthFailed that names its variable", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider, { key: "another" })
      const wire = yield* wireOf(provider, fake.url)
      const error = yield* Effect.flip(wire.execute(resolved))
      assert.strictEqual(error._tag, "AuthFailed")
      assert.include(error.message, "_API_KEY")
    })
  )

  it.scopedLive("being sent too long a prompt is ContextOverflow", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider, { contextTokens: 3 })
      const wire = yield* wireOf(provider, fake.url)
      const error = yield* Effect.flip(wire.execute(resolved))
      assert.strictEqual(error._tag, "ContextOverflow")
      if (provider !== "openai") assert.include(error, { contextTokens: 3 })
      if (provider !== "openai")
        assert.isAbove(error._tag === "ContextOverflow" ? (error.promptTokens ?? 0) : 0, 3)
      assert.lengthOf(fake.requests, 1)
    })
  )

  if (provider !== "sglang" && provider !== "llama-cpp") {
    it.scopedLive("not knowing the model is ModelNotFound", () =>
      Effect.gen(function* () {
        const fake = yield* fakeOf(provider)
        const wire = yield* wireOf(provider, fake.url)
        const error = yield* Effect.flip(
          wire.execute(resolvedOf(provider, "gpt-9-none", { ...small, model: "gpt-9-none" }))
        )
        assert.include(error, { _tag: "ModelNotFound", model: "gpt-9-none" })
      })
    )
  }

  it.scopedLive("breaking off in mid-answer is StreamBroken, and nothing is sent again", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider)
      const wire = yield* wireOf(provider, fake.url, twice)
      const broken: ReadonlyArray<readonly [Fault, StreamBroken["reason"]]> = [
        [{ kind: "cut", after: 4 }, "cut"],
        [{ kind: "endEarly", after: 4 }, "cut"],
        [{ kind: "malformed", after: 4 }, "malformed"],
        [
          {
            kind: "errorEvent",
            after: 4,
            error: { type: "overloaded_error", code: "server_error", message: "busy" }
          },
          "error-event"
        ]
      ]
      for (const [fault, reason] of broken) {
        fake.script(fault)
        const error = yield* Effect.flip(collect(wire.stream(resolved)))
        assert.include(error, { _tag: "StreamBroken", reason })
      }
      assert.lengthOf(fake.requests, broken.length)
    })
  )

  it.scopedLive("losing the connection behind the last event does not lose the answer", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider)
      const wire = yield* wireOf(provider, fake.url, twice)
      fake.script({ kind: "cut", after: 1000 })
      const { result, text } = yield* collect(wire.stream(resolved))
      assert.strictEqual(result?.content, text)
      assert.strictEqual(result?.finishReason, "stop")
      assert.isAbove(result?.usage.output ?? 0, 0)
    })
  )

  it.scopedLive("reporting an error before the first event is sent again like any other", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider)
      const wire = yield* wireOf(provider, fake.url, twice)
      const error = hosted(provider)
        ? { type: "overloaded_error", code: "server_error", message: "busy" }
        : { type: "server_error", message: "busy" }
      fake.script({ kind: "errorEvent", after: 0, error }, { kind: "cut", after: 0 })
      const { result, text } = yield* collect(wire.stream(resolved))
      assert.strictEqual(result?.attempts, 3)
      assert.strictEqual(result?.content, text)
    })
  )

  it.scopedLive("answering with broken JSON or half a body is typed, whole", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider)
      const wire = yield* wireOf(provider, fake.url, { settings: { maxRetries: 0 } })
      fake.script({ kind: "malformed", after: 0 })
      const malformed = yield* Effect.flip(wire.execute(resolved))
      assert.include(malformed, { _tag: "StreamBroken", reason: "malformed" })
      fake.script({ kind: "cut", after: 0 })
      const cut = yield* Effect.flip(wire.execute(resolved))
      assert.include(cut, { _tag: "ProviderUnavailable", reason: "connection" })
    })
  )

  it.scopedLive.each([20, 100, 2048])(
    "being interrupted closes the connection, whole or streamed, yielding every %i steps",
    (maxOps) =>
      Effect.gen(function* () {
        for (const streamed of [false, true]) {
          const fake = yield* fakeOf(provider)
          const wire = yield* wireOf(provider, fake.url)
          fake.script({ kind: "hang", after: streamed ? 4 : 0 })
          const call = streamed
            ? Effect.asVoid(collect(wire.stream(resolved)))
            : Effect.asVoid(wire.execute(resolved))
          const fiber = yield* Effect.fork(call)
          yield* fake.hanging
          yield* Fiber.interrupt(fiber)
          yield* fake.disconnected
          assert.lengthOf(fake.requests, 1)
        }
      }).pipe(Effect.withMaxOpsBeforeYield(maxOps))
  )

  it.scopedLive("a listener that has heard enough closes the connection", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider)
      const wire = yield* wireOf(provider, fake.url)
      fake.script({ kind: "hang", after: 6 })
      const heard = yield* wire.stream(resolved).pipe(Stream.take(1), Stream.runCollect)
      assert.lengthOf([...heard], 1)
      yield* fake.disconnected
    })
  )

  it.scopedLive("taking longer than the call may is ProviderUnavailable, and closes the connection", () =>
    Effect.gen(function* () {
      for (const streamed of [false, true]) {
        const fake = yield* fakeOf(provider)
        const wire = yield* wireOf(provider, fake.url, { settings: { timeoutMs: 300 } })
        fake.script({ kind: "hang", after: streamed ? 4 : 0 })
        const call = streamed
          ? Effect.asVoid(collect(wire.stream(resolved)))
          : Effect.asVoid(wire.execute(resolved))
        const error = yield* Effect.flip(call)
        assert.include(error, { _tag: "ProviderUnavailable", reason: "timeout" })
        yield* fake.disconnected
      }
    })
  )

  it.scopedLive("is not asked at all for a body that is not JSON", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider)
      const wire = yield* wireOf(provider, fake.url)
      const error = yield* Effect.flip(wire.execute({ ...resolved, resolvedContent: "{" }))
      assert.include(error, { _tag: "InvalidRequest", parameter: "resolvedContent" })
      assert.lengthOf(fake.requests, 0)
    })
  )
})

describe.each(["anthropic", "openai"] as const)("%s without a key", (provider) => {
  const { model, small } = requestsOf(provider)

  it.scopedLive("fails before anything is sent, naming the variable to set", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider, { key })
      for (const env of [new Map<string, string>(), new Map([[`${provider.toUpperCase()}_API_KEY`, "  "]])]) {
        const wire = yield* wireOf(provider, fake.url, { env })
        const resolved = resolvedOf(provider, model, small)
        const whole = yield* Effect.flip(wire.execute(resolved))
        assert.include(whole, { _tag: "AuthFailed", variable: `${provider.toUpperCase()}_API_KEY` })
        assert.match(whole.message, /^No key for /, "nobody was asked, so nobody refused")
        assert.strictEqual((yield* Effect.flip(collect(wire.stream(resolved))))._tag, "AuthFailed")
      }
      assert.lengthOf(fake.requests, 0)
    })
  )
})
