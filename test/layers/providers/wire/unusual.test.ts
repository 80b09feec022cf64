import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { assert } from "vitest"
import type { Millis } from "../../../../src/domain/Measures.js"
import type { BuiltInProvider } from "../../../../src/domain/Provider.js"
import { collect, requestsOf, resolvedOf, wireOf } from "./support.js"

/** A wire whose provider answers with exactly this, whole or as events. */
const answering = (provider: BuiltInProvider, answer: object | ReadonlyArray<object>) => {
  const streamed = Array.isArray(answer)
  const text = streamed
    ? answer
        .map(
          (event: object) =>
            `event: ${String(Reflect.get(event, "type"))}\ndata: ${JSON.stringify(event)}\n\n`
        )
        .join("")
    : JSON.stringify(answer)
  const headers = { "content-type": streamed ? "text/event-stream" : "application/json" }
  return wireOf(provider, "http://127.0.0.1:1", {
    settings: { maxRetries: 0 },
    options: { fetch: () => Promise.resolve(new Response(text, { headers })) }
  })
}

const resolved = (provider: BuiltInProvider) => {
  const { model, small } = requestsOf(provider)
  return resolvedOf(provider, model, small)
}

describe("an answer of Anthropic", () => {
  const usage = { input_tokens: 3, output_tokens: 4 }
  const message = { id: "msg_1", type: "message", role: "assistant", model: "claude-opus-5-5", usage }

  it.effect("is its text alone: thinking and tool calls are not", () =>
    Effect.gen(function* () {
      const content = [
        { type: "thinking", thinking: "hm", signature: "s" },
        { type: "text", text: "Yes" },
        { type: "tool_use", id: "t", name: "look", input: {} },
        { type: "text", text: "." }
      ]
      const wire = yield* answering("anthropic", { ...message, content, stop_reason: "tool_use" })
      const whole = yield* wire.execute(resolved("anthropic"))
      assert.include(whole, { content: "Yes.", finishReason: "tool_use", responseId: "msg_1" })
      assert.deepStrictEqual(whole.usage.cacheRead, Option.none())

      const streaming = yield* answering("anthropic", [
        { type: "message_start", message: { ...message, content: [], stop_reason: null } },
        {
          type: "content_block_start",
          index: 0,
          content_block: { type: "thinking", thinking: "", signature: "" }
        },
        { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "hm" } },
        { type: "content_block_start", index: 1, content_block: { type: "text", text: "Y" } },
        { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "es" } },
        { type: "an_event_of_next_year", index: 1 },
        {
          type: "message_delta",
          delta: { stop_reason: "pause_turn" },
          usage: { output_tokens: 9, input_tokens: null }
        },
        { type: "message_stop" }
      ])
      const { result, text } = yield* collect(streaming.stream(resolved("anthropic")))
      assert.strictEqual(text, "Yes")
      assert.include(result, { content: "Yes", finishReason: "pause_turn" })
      assert.deepStrictEqual([Number(result?.usage.uncachedInput), Number(result?.usage.output)], [3, 9])
    })
  )

  it.effect("without a reason to stop has an unknown one", () =>
    Effect.gen(function* () {
      const wire = yield* answering("anthropic", { ...message, content: [], stop_reason: null })
      assert.include(yield* wire.execute(resolved("anthropic")), { content: "", finishReason: "unknown" })
    })
  )

  it.effect("whose end comes before its start is broken", () =>
    Effect.gen(function* () {
      const wire = yield* answering("anthropic", [
        { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } },
        { type: "message_stop" }
      ])
      const error = yield* Effect.flip(collect(wire.stream(resolved("anthropic"))))
      assert.include(error, { _tag: "StreamBroken", reason: "cut" })
    })
  )
})

describe("an answer of OpenAI", () => {
  const response = {
    id: "resp_1",
    object: "response",
    model: "gpt-5.6",
    error: null,
    incomplete_details: null
  }
  const said = { type: "message", content: [{ type: "output_text", text: "Yes." }] }

  it.effect("is its text alone: reasoning is not", () =>
    Effect.gen(function* () {
      const output = [{ type: "reasoning", summary: [] }, said]
      const wire = yield* answering("openai", { ...response, status: "completed", output })
      const whole = yield* wire.execute(resolved("openai"))
      assert.include(whole, { content: "Yes.", finishReason: "stop" })
      assert.deepStrictEqual(
        whole.warnings.map(({ code }) => code),
        ["usage-not-reported"]
      )
    })
  )

  it.effect("that was stopped by a filter is a refusal, and one without a status has an unknown end", () =>
    Effect.gen(function* () {
      const filtered = yield* answering("openai", {
        ...response,
        status: "incomplete",
        incomplete_details: { reason: "content_filter" },
        output: [said]
      })
      assert.strictEqual((yield* filtered.execute(resolved("openai"))).finishReason, "refusal")
      const odd = yield* answering("openai", { ...response, output: [said] })
      assert.strictEqual((yield* odd.execute(resolved("openai"))).finishReason, "unknown")
    })
  )

  it.effect("that was cancelled or failed without a reason is no answer", () =>
    Effect.gen(function* () {
      for (const status of ["cancelled", "failed"]) {
        const wire = yield* answering("openai", { ...response, status, output: [] })
        assert.strictEqual((yield* Effect.flip(wire.execute(resolved("openai"))))._tag, "ProviderUnavailable")
      }
      const streaming = yield* answering("openai", [
        { type: "response.created", response },
        { type: "response.failed", response: { ...response, status: "failed", output: [] } }
      ])
      const error = yield* Effect.flip(collect(streaming.stream(resolved("openai"))))
      assert.include(error, { _tag: "StreamBroken", reason: "error-event" })
    })
  )
})

describe("an answer of a local server", () => {
  const completion = { id: "c1", model: "qwen3-8b", object: "chat.completion" }
  const chunk = (delta: object, finish_reason: string | null) => ({
    ...completion,
    choices: [{ delta, finish_reason }]
  })

  it.effect("may be a refusal, whole or streamed", () =>
    Effect.gen(function* () {
      const whole = yield* answering("vllm", {
        ...completion,
        choices: [{ message: { content: null, refusal: "No." }, finish_reason: "stop" }]
      })
      assert.include(yield* whole.execute(resolved("vllm")), { content: "No.", finishReason: "refusal" })
      const streaming = yield* answering("vllm", [
        chunk({ refusal: "No." }, null),
        chunk({}, "content_filter")
      ])
      const { result } = yield* collect(streaming.stream(resolved("vllm")))
      assert.include(result, { content: "No.", finishReason: "refusal" })
    })
  )

  it.effect("without a choice is empty, and a stream without an end is broken", () =>
    Effect.gen(function* () {
      const whole = yield* answering("sglang", { ...completion, choices: [] })
      assert.include(yield* whole.execute(resolved("sglang")), { content: "", finishReason: "unknown" })
      const streaming = yield* answering("sglang", [chunk({ content: "Ye" }, null)])
      assert.include(yield* Effect.flip(collect(streaming.stream(resolved("sglang")))), { reason: "cut" })
      const empty = yield* answering("sglang", [])
      assert.include(yield* Effect.flip(collect(empty.stream(resolved("sglang")))), { reason: "cut" })
    })
  )
})

describe("time", () => {
  let asked = 0
  const silent = () => {
    asked += 1
    return new Promise<Response>(() => undefined)
  }

  it.effect("that a provider lets pass is limited for health, counting and answers", () =>
    Effect.gen(function* () {
      const wire = yield* wireOf("openai", "http://127.0.0.1:1/", {
        options: { fetch: silent },
        settings: { timeoutMs: 60_000 }
      })
      const health = yield* Effect.fork(wire.health)
      const count = yield* Effect.fork(Effect.flip(Option.getOrThrow(wire.countTokens)(resolved("openai"))))
      // milliseconds are not negative; this ends before the settings' limit: the call's own comes first
      const own = yield* Effect.fork(
        Effect.flip(collect(wire.stream(resolved("openai"), { timeout: 10_000 as Millis })))
      )
      // loading the SDK takes time that is not the clock's: none of it passes before all have asked
      yield* Effect.yieldNow().pipe(Effect.repeat({ until: () => asked >= 3 }))
      yield* Effect.yieldNow().pipe(Effect.repeatN(50))
      yield* TestClock.adjust("10 seconds")
      assert.include(yield* Fiber.join(health), { status: "unreachable" })
      assert.include(yield* Fiber.join(own), { _tag: "ProviderUnavailable", reason: "timeout" })
      assert.isTrue(Option.isNone(yield* Fiber.poll(count)))
      yield* TestClock.adjust("50 seconds")
      assert.include(yield* Fiber.join(count), { _tag: "ProviderUnavailable", reason: "timeout" })
    })
  )
})
