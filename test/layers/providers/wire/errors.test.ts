import { describe, it } from "@effect/vitest"
import { assert } from "vitest"
import { toBroken, toFailure } from "../../../../layers/providers/wire/errors.js"
import { ReportedFault } from "../../../../layers/providers/wire/fault.js"
import type { Provider } from "../../../../src/domain/Provider.js"

const subject = (provider: Provider) => ({ provider, model: "m", variable: "SOME_API_KEY", now: 1_000_000 })

const thrown = (status: number | undefined, error: object, headers: Record<string, string> = {}) => ({
  status,
  error,
  headers: new Headers(headers)
})

const errorOf = (provider: Provider, value: unknown) => toFailure(value, subject(provider)).error

describe("a prompt that is too long", () => {
  const ways: ReadonlyArray<readonly [Provider, object, number | undefined, number | undefined]> = [
    [
      "anthropic",
      { type: "invalid_request_error", message: "prompt is too long: 210000 tokens > 200000 maximum" },
      210_000,
      200_000
    ],
    [
      "anthropic",
      {
        type: "invalid_request_error",
        message: "input length and `max_tokens` exceed context limit: 199000 + 21333 > 200000"
      },
      undefined,
      undefined
    ],
    [
      "openai",
      { code: "context_length_exceeded", message: "Your input exceeds the context window of this model." },
      undefined,
      undefined
    ],
    [
      "openai",
      {
        message:
          "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens."
      },
      130_000,
      128_000
    ],
    [
      "vllm",
      {
        message:
          "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages, 1000 in the completion)."
      },
      5000,
      4096
    ],
    [
      "vllm",
      { message: "The decoder prompt (length 5000) is longer than the maximum model length of 4096." },
      5000,
      4096
    ],
    [
      "vllm",
      {
        message:
          "You passed 5000 input tokens and requested 100 output tokens. However, the model's context length is only 4096."
      },
      5000,
      4096
    ],
    [
      "sglang",
      { message: "The input (5000 tokens) is longer than the model's context length (4096 tokens)." },
      5000,
      4096
    ],
    [
      "sglang",
      { message: "Requested token count exceeds the model's maximum context length of 4096 tokens." },
      undefined,
      undefined
    ],
    [
      "llama-cpp",
      {
        type: "exceed_context_size_error",
        message: "the request exceeds the available context size",
        n_prompt_tokens: 5000,
        n_ctx: 4096
      },
      5000,
      4096
    ]
  ]
  it.each(ways)("is recognised in the words of %s: %j", (provider, error, promptTokens, contextTokens) => {
    const found = errorOf(provider, thrown(400, error))
    assert.strictEqual(found._tag, "ContextOverflow")
    assert.deepInclude(
      { promptTokens: undefined, contextTokens: undefined, ...found },
      { promptTokens, contextTokens }
    )
  })

  it("is one when the body itself is too large", () => {
    assert.strictEqual(
      errorOf("anthropic", thrown(413, { type: "request_too_large", message: "" }))._tag,
      "ContextOverflow"
    )
  })
})

describe("an unknown model", () => {
  const ways: ReadonlyArray<readonly [Provider, number, object]> = [
    ["anthropic", 404, { type: "error", error: { type: "not_found_error", message: "model: claude-x" } }],
    ["openai", 404, { code: "model_not_found", message: "The model `x` does not exist" }],
    ["openai", 400, { code: "model_not_found", message: "The requested model 'x' does not exist." }],
    ["vllm", 404, { type: "NotFoundError", message: "The model `x` does not exist." }],
    ["llama-cpp", 400, { type: "invalid_request_error", message: "model not found" }]
  ]
  it.each(ways)("is recognised in the words of %s (%i)", (provider, status, error) => {
    assert.strictEqual(errorOf(provider, thrown(status, error))._tag, "ModelNotFound")
  })
})

describe("the rest of the table", () => {
  it("takes a quota that is used up for a limit that no retry can wait for", () => {
    const failure = toFailure(
      thrown(429, { code: "insufficient_quota", type: "insufficient_quota", message: "" }),
      subject("openai")
    )
    assert.strictEqual(failure.error._tag, "RateLimited")
    assert.isFalse(failure.mayRetry)
  })

  it("reads retry-after as milliseconds, seconds or a date, and never as less than nothing", () => {
    const wait = (headers: Record<string, string>) => {
      const error = errorOf("openai", thrown(429, { message: "" }, headers))
      return error._tag === "RateLimited" ? Number(error.retryAfter ?? -1) : error._tag
    }
    assert.strictEqual(wait({ "retry-after-ms": "1500", "retry-after": "9" }), 1500)
    assert.strictEqual(wait({ "retry-after": "9" }), 9000)
    assert.strictEqual(wait({ "retry-after": new Date(1_060_000).toUTCString() }), 60_000)
    assert.strictEqual(wait({ "retry-after": new Date(0).toUTCString() }), 0)
    assert.strictEqual(wait({ "retry-after": "soon" }), -1)
    assert.strictEqual(wait({}), -1)
  })

  it("takes a bill that is not paid for credentials that do not work", () => {
    assert.strictEqual(
      errorOf("anthropic", thrown(402, { type: "billing_error", message: "" }))._tag,
      "AuthFailed"
    )
  })

  it("takes 503 for overload where the provider means that, and for a server that is starting elsewhere", () => {
    assert.strictEqual(errorOf("openai", thrown(503, { message: "" }))._tag, "Overloaded")
    assert.strictEqual(
      errorOf("llama-cpp", thrown(503, { type: "unavailable_error", message: "Loading model" }))._tag,
      "ProviderUnavailable"
    )
  })

  it("knows an error after status 200 by its type or code alone", () => {
    const tag = (error: object) => errorOf("openai", new ReportedFault(error))._tag
    assert.strictEqual(tag({ code: "rate_limit_exceeded" }), "RateLimited")
    assert.strictEqual(tag({ code: "server_error" }), "ProviderUnavailable")
    assert.strictEqual(tag({ code: "invalid_prompt" }), "InvalidRequest")
    assert.strictEqual(tag({ type: "authentication_error" }), "AuthFailed")
    assert.strictEqual(tag({ code: 400, type: "BadRequestError" }), "InvalidRequest")
    assert.strictEqual(tag({ code: "toString" }), "ProviderUnavailable")
  })

  it("tells a timeout from a lost connection", () => {
    assert.include(errorOf("openai", new Error("Request timed out.")), { reason: "timeout" })
    assert.include(errorOf("openai", new TypeError("fetch failed")), { reason: "connection" })
    assert.include(errorOf("openai", thrown(408, { message: "" })), { reason: "timeout", status: 408 })
    assert.include(errorOf("openai", thrown(409, { message: "" })), { reason: "server", status: 409 })
    assert.include(errorOf("openai", "a string"), { reason: "connection" })
  })

  it("calls a stream broken by what broke it", () => {
    const reason = (value: unknown) => toBroken(value, subject("openai")).reason
    assert.strictEqual(reason(new SyntaxError("Unexpected token")), "malformed")
    assert.strictEqual(reason(new TypeError("terminated")), "cut")
    assert.strictEqual(reason(new ReportedFault({ code: "server_error" })), "error-event")
    assert.strictEqual(
      toBroken(thrown(500, {}, { "x-request-id": "req_7" }), subject("openai")).requestId,
      "req_7"
    )
  })

  it("names the parameter that was objected to, and nothing that could be prose", () => {
    const parameter = (error: object) => {
      const found = errorOf("openai", thrown(400, error))
      return found._tag === "InvalidRequest" ? found.parameter : found._tag
    }
    assert.strictEqual(parameter({ param: "input[0].content", message: "no" }), "input[0].content")
    assert.strictEqual(parameter({ message: "messages.0.content: Field required" }), "messages.0.content")
    assert.strictEqual(parameter({ param: "the user's secret: hunter2", message: "no" }), undefined)
    assert.strictEqual(parameter({ message: "Dear user: your secret is hunter2" }), undefined)
  })
})
