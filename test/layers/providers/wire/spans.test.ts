import { describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Tracer from "effect/Tracer"
import { afterEach, assert, vi } from "vitest"
import type { ProviderError } from "../../../../src/domain/ProviderErrors.js"
import {
  collect,
  everyKey,
  fakeOf,
  key,
  providers,
  requestsOf,
  resolvedOf,
  wireOf,
  type WireSetup
} from "./support.js"
import { makeTracer } from "../../../support/tracer.js"

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(providers)("the span of a call to %s", (provider) => {
  const { cached, model } = requestsOf(provider)

  it.scopedLive("carries what back ends read, in the established names", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider)
      const wire = yield* wireOf(provider, fake.url)
      const { spans, tracer } = makeTracer()
      const resolved = resolvedOf(provider, model, cached("How do I rotate a key?"))
      const result = yield* Effect.withTracer(wire.execute(resolved, { maxTokens: 700 }), tracer)

      const [span] = spans
      assert.strictEqual(span?.name, `chat ${model}`)
      assert.strictEqual(span?.kind, "client")
      const seen = Object.fromEntries(span?.attributes ?? [])
      assert.deepInclude(seen, {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.system": provider,
        "gen_ai.request.model": model,
        "gen_ai.request.max_tokens": 700,
        "gen_ai.response.model": model,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.output_tokens": result.usage.output,
        "gen_ai.usage.input_tokens": result.tokens - result.usage.output,
        "gen_ai.usage.cache_read.input_tokens": Option.getOrThrow(result.usage.cacheRead),
        "gen_ai.usage.cost": Option.getOrThrow(result.cost),
        "server.address": "127.0.0.1",
        "server.port": Number(new URL(fake.url).port),
        "aegis.attempts": 1,
        "aegis.scaffold.hash": resolved.originalScaffold.hash
      })
      const written = [result.usage.cacheWrite5m, result.usage.cacheWrite1h].some(Option.isSome)
      assert.strictEqual("gen_ai.usage.cache_creation.input_tokens" in seen, written)
    })
  )

  it.scopedLive("of a stream tells how long the first text took, in seconds", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider)
      const wire = yield* wireOf(provider, fake.url)
      const { spans, tracer } = makeTracer()
      const resolved = resolvedOf(provider, model, cached("How do I rotate a key?"))
      const { result } = yield* Effect.withTracer(collect(wire.stream(resolved)), tracer)
      const seen = Object.fromEntries(spans[0]?.attributes ?? [])
      assert.strictEqual(seen["gen_ai.request.stream"], true)
      const first = Option.getOrThrow(result?.firstToken ?? Option.none())
      assert.strictEqual(seen["gen_ai.response.time_to_first_chunk"], first / 1000)
    })
  )

  it.scopedLive("of a failure names its type and the attempts made", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOf(provider)
      const wire = yield* wireOf(provider, fake.url, { settings: { maxRetries: 1 } })
      const { spans, tracer } = makeTracer()
      const resolved = resolvedOf(provider, model, cached("How do I rotate a key?"))
      for (const call of [
        Effect.asVoid(wire.execute(resolved)),
        Effect.asVoid(collect(wire.stream(resolved)))
      ]) {
        const fault = {
          kind: "status",
          status: 529,
          error: { type: "overloaded_error", message: "" }
        } as const
        fake.script(fault, fault)
        yield* Effect.flip(Effect.withTracer(call, tracer))
      }
      assert.lengthOf(spans, 2)
      for (const span of spans) {
        assert.deepInclude(Object.fromEntries(span.attributes), {
          "error.type": "Overloaded",
          "aegis.attempts": 2
        })
      }
    })
  )
})

describe("the newest names", () => {
  const latest: WireSetup = {
    env: new Map([...everyKey, ["OTEL_SEMCONV_STABILITY_OPT_IN", "http, gen_ai_latest_experimental"]])
  }

  it.scopedLive("replace the established ones when they are asked for, never beside them", () =>
    Effect.gen(function* () {
      const { cached, model } = requestsOf("anthropic")
      const fake = yield* fakeOf("anthropic")
      const wire = yield* wireOf("anthropic", fake.url, latest)
      const { spans, tracer } = makeTracer()
      yield* Effect.withTracer(wire.execute(resolvedOf("anthropic", model, cached("Who?"))), tracer)
      const names = [...(spans[0]?.attributes.keys() ?? [])]
      assert.include(names, "gen_ai.usage.cache_write.input_tokens")
      assert.notInclude(names, "gen_ai.usage.cache_creation.input_tokens")
      assert.notInclude(names, "gen_ai.system")
      assert.include(names, "gen_ai.provider.name")
    })
  )

  it.effect("are not taken for an address that is none, or a port that goes without saying", () =>
    Effect.gen(function* () {
      const refuse = () => Promise.reject(new TypeError("fetch failed"))
      const ports: Array<unknown> = []
      for (const url of ["https://gateway.example", "http://gateway.example", "nowhere"]) {
        const wire = yield* wireOf("anthropic", url, {
          options: { fetch: refuse },
          settings: { maxRetries: 0 }
        })
        const { spans, tracer } = makeTracer()
        const { model, small } = requestsOf("anthropic")
        yield* Effect.flip(Effect.withTracer(wire.execute(resolvedOf("anthropic", model, small)), tracer))
        ports.push(spans[0]?.attributes.get("server.port"))
      }
      assert.deepStrictEqual(ports, [443, 80, undefined])
    })
  )
})

describe.each(providers)("the trace of a call to %s", (provider) => {
  it.scopedLive("stays here, unless it is asked to be told", () =>
    Effect.gen(function* () {
      const { model, small } = requestsOf(provider)
      const fake = yield* fakeOf(provider)
      const asked = new Map([...everyKey, ["AEGIS_OTEL_PROPAGATE", "true"]])
      const { tracer } = makeTracer()
      const call = (setup: WireSetup, ...traced: ReadonlyArray<Tracer.Tracer>) =>
        Effect.gen(function* () {
          const wire = yield* wireOf(provider, fake.url, setup)
          const execute = wire.execute(resolvedOf(provider, model, small))
          yield* traced[0] === undefined ? execute : Effect.withTracer(execute, traced[0])
          return fake.requests.at(-1)?.headers["traceparent"]
        })
      assert.isUndefined(yield* call({}, tracer))
      assert.isUndefined(yield* call({ env: asked }))
      assert.strictEqual(yield* call({ env: asked }, tracer), "00-trace-2-01")
    })
  )
})

const prompt = "CANARY-PROMPT-93b7 tell nobody"

describe.each(providers)("secrets sent to %s", (provider) => {
  const { model, small } = requestsOf(provider)
  const body = JSON.parse(JSON.stringify(small).replace("How do I rotate a key?", prompt)) as object // was an object
  const echo = `You sent ${prompt} with ${key}`

  const failures = [
    { kind: "status", status: 400, error: { type: echo, message: echo, code: echo, param: echo } },
    { kind: "status", status: 401, error: { type: "authentication_error", message: echo } },
    { kind: "status", status: 404, error: { type: "not_found_error", message: `model: ${echo}` } },
    { kind: "status", status: 400, error: { type: "x", message: `maximum context length: ${echo}` } },
    { kind: "status", status: 500, error: { type: "api_error", message: echo } },
    { kind: "malformed", after: 2 },
    { kind: "cut", after: 2 },
    { kind: "errorEvent", after: 2, error: { type: "api_error", message: echo, code: "server_error" } }
  ] as const

  it.scopedLive("are in no error, no span and on no console, even when the provider echoes them", () =>
    Effect.gen(function* () {
      const written: Array<unknown> = []
      for (const level of ["log", "info", "warn", "error", "debug"] as const) {
        vi.spyOn(console, level).mockImplementation(
          (...said: ReadonlyArray<unknown>) => void written.push(said)
        )
      }
      const fake = yield* fakeOf(provider, { answer: `${prompt} ${key}` })
      const { spans, tracer } = makeTracer()
      const shown: Array<string> = []
      for (const fault of failures) {
        for (const streamed of [false, true]) {
          // one wire per call, for the sake of settings that are as secret as a user's
          const wire = yield* wireOf(provider, fake.url, { settings: { maxRetries: 0 } })
          const resolved = resolvedOf(provider, model, body)
          fake.script(fault)
          const exit = yield* Effect.exit(
            Effect.withTracer(
              streamed
                ? Effect.asVoid(collect(wire.stream(resolved)))
                : Effect.asVoid(wire.execute(resolved)),
              tracer
            )
          )
          if (!Exit.isFailure(exit)) continue
          const error = Option.getOrThrow(Cause.failureOption(exit.cause)) as ProviderError // all it can fail with
          shown.push(
            Cause.pretty(exit.cause, { renderErrorCause: true }),
            error.message,
            JSON.stringify(error),
            JSON.stringify(error.cause ?? null),
            JSON.stringify(Schema.encodeSync(Schema.Defect)(error))
          )
        }
      }
      assert.isAbove(shown.length, failures.length)
      const attributes = spans.map((span) => JSON.stringify([span.name, ...span.attributes]))
      // what an SDK would log is the answer that it could not read
      assert.deepStrictEqual(written, [])
      for (const text of [...shown, ...attributes]) {
        assert.notInclude(text, "CANARY")
        assert.notInclude(text, "canary")
      }
    })
  )
})
