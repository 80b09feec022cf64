/**
 * A Responses API on loopback that keeps to OpenAI's rules. Models from GPT-5.6 on cache at marks: explicit ones, and
 * in implicit mode one more at the end; the explicit mode without a mark caches nothing; the latest four marks are
 * written (three beside the implicit one), the latest 80 read. Older models cache every prefix of 1024 tokens or more
 * by themselves, in steps of 128, and refuse to be told.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { held, piecesOf, Refusal, routed, type Handler } from "./answering.js"
import { contracts, type Check } from "./contracts.js"
import {
  makeAutomaticCache,
  makeMarkedCache,
  tokensOf,
  type ManualClock,
  type Position,
  type Touched
} from "./prefixCache.js"
import type { OpenAiRequest, OpenAiResponse } from "./sdkTypes.js"
import { serve, type ErrorBody, type Event, type Fake, type Received } from "./server.js"

export interface FakeOpenAiOptions {
  readonly clock?: ManualClock
  readonly key?: string
  readonly models?: ReadonlyArray<string>
  readonly answer?: string
  readonly contextTokens?: number
  readonly serviceTier?: "default" | "flex" | "priority"
  readonly refuses?: boolean
  /** How long after a request the first event of its answer comes, in milliseconds of the clock. */
  readonly firstEventAfter?: number
  /** Every answer is a response that failed with this code. */
  readonly failsWith?: "server_error" | "rate_limit_exceeded"
}

const marked = (model: string): boolean => {
  const version = /^gpt-(\d+)(?:\.(\d+))?/.exec(model)
  return version !== null && Number(version[1]) * 100 + Number(version[2] ?? 0) >= 506
}

export const openAiPositions = (request: OpenAiRequest): ReadonlyArray<Position> => {
  const input = request.input ?? []
  const items = typeof input === "string" ? [{ role: "user" as const, content: input }] : input
  return [
    ...(request.tools ?? []).map((tool) => ({ bytes: `tool:${JSON.stringify(tool)}` })),
    ...(request.instructions == null ? [] : [{ bytes: `instructions:${request.instructions}` }]),
    ...items.flatMap((item): ReadonlyArray<Position> => {
      if (!("content" in item) || !("role" in item)) return [{ bytes: JSON.stringify(item) }]
      if (!Array.isArray(item.content)) return [{ bytes: `${item.role}:${JSON.stringify(item.content)}` }]
      return item.content.map((part) => ({
        bytes: `${item.role}:${JSON.stringify({ ...part, prompt_cache_breakpoint: undefined })}`,
        ...("prompt_cache_breakpoint" in part && part.prompt_cache_breakpoint != null
          ? { mark: { ttl: "30m" as const } }
          : {})
      }))
    })
  ]
}

const usageOf = (touched: Touched, output: number): NonNullable<OpenAiResponse["usage"]> => ({
  input_tokens: touched.total,
  input_tokens_details: { cached_tokens: touched.read, cache_write_tokens: touched.written["30m"] ?? 0 },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: touched.total + output
})

const bare = (request: OpenAiRequest): OpenAiResponse => ({
  id: "resp_fake_1",
  object: "response",
  created_at: 1_750_000_000,
  model: request.model ?? "",
  output: [],
  output_text: "",
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: null,
  parallel_tool_calls: true,
  temperature: null,
  tool_choice: "auto",
  tools: [],
  top_p: null,
  status: "in_progress"
})

/** The parameters that OpenAI's cache diagnostics name as reasons for a miss, beside the model, the tools and the key. */
const parametersOf = ({ reasoning, text }: OpenAiRequest): string =>
  JSON.stringify([reasoning?.effort, text?.format, text?.verbosity])

/** What the provider's cache makes of a request. */
export const makeOpenAiCache = (
  clock: ManualClock
): ((request: OpenAiRequest, readableAt?: number) => Touched) => {
  const atMarks = makeMarkedCache(clock)
  const automatic = makeAutomaticCache(clock, {
    granularity: 128,
    minimum: 1024,
    keepsLast: true,
    ttl: 10 * 60_000
  })
  return (request, readableAt) => {
    const positions = openAiPositions(request)
    const scope = `${request.model}\n${request.prompt_cache_key ?? ""}\n${parametersOf(request)}`
    if (!marked(request.model ?? "")) {
      const text = positions.map((position) => position.bytes).join("\n")
      return { ...automatic.touch(scope, text, readableAt), written: {} }
    }
    const rules = { minimum: 1024, lookback: 1, reads: 80 }
    if (request.prompt_cache_options?.mode === "explicit") {
      return atMarks.touch(scope, positions, { ...rules, writes: 4 }, readableAt)
    }
    // the implicit mark is one more at the end: three explicit ones are written beside it
    const last = positions.at(-1)
    const all =
      last === undefined ? [] : [...positions.slice(0, -1), { ...last, mark: { ttl: "30m" as const } }]
    return atMarks.touch(scope, all, { ...rules, writes: 4 }, readableAt)
  }
}

/** Starts the server; it stops when the scope closes. */
export const fakeOpenAi = (options: FakeOpenAiOptions = {}): Effect.Effect<Fake, never, Scope.Scope> =>
  Effect.flatMap(contracts, (check) => {
    const clock = options.clock ?? { now: 0 }
    const touch = makeOpenAiCache(clock)
    const answer = options.answer ?? "Grüße aus dem Zwischenspeicher 🌍"
    const models = options.models ?? ["gpt-5.6", "gpt-6-sol", "gpt-5.1"]

    const authorized = (received: Received): boolean =>
      options.key === undefined || received.headers.authorization === `Bearer ${options.key}`
    const unauthorized = new Refusal(401, "invalid_request_error", "Incorrect API key provided.", {
      code: "invalid_api_key",
      param: null
    })

    const admit = (
      received: Received,
      contract: "OpenAiRequest" | "OpenAiCountRequest"
    ): OpenAiRequest | Refusal => {
      if (!authorized(received)) return unauthorized
      const problem = check(contract, received.body)
      if (problem !== undefined) return new Refusal(400, "invalid_request_error", problem, { param: null })
      // validated: a count request has what is read of it below in common with a full one
      const request = received.body as OpenAiRequest
      const model = request.model ?? ""
      if (!models.includes(model)) {
        return new Refusal(400, "invalid_request_error", `The requested model '${model}' does not exist.`, {
          code: "model_not_found",
          param: "model"
        })
      }
      const told = request.prompt_cache_options ?? openAiPositions(request).find((position) => position.mark)
      return told != null && !marked(model)
        ? new Refusal(400, "invalid_request_error", "Unknown parameter.", {
            code: "unknown_parameter",
            param: "prompt_cache_options"
          })
        : request
    }

    const create: Handler = (received) => {
      const request = admit(received, "OpenAiRequest")
      if (request instanceof Refusal) return request
      const positions = openAiPositions(request)
      const size = tokensOf(positions.map((position) => position.bytes).join("\n"))
      if (size > (options.contextTokens ?? 400_000)) {
        const message = "Your input exceeds the context window of this model."
        return new Refusal(400, "invalid_request_error", message, {
          code: "context_length_exceeded",
          param: "input"
        })
      }
      const most = request.max_output_tokens ?? Number.POSITIVE_INFINITY
      const whole = tokensOf(answer)
      const text =
        whole > most
          ? Buffer.from(answer)
              .subarray(0, most * 4)
              .toString()
          : answer
      const content =
        options.refuses === true
          ? { type: "refusal" as const, refusal: text }
          : { type: "output_text" as const, text, annotations: [], logprobs: [] }
      const response: OpenAiResponse = {
        ...bare(request),
        ...(options.failsWith === undefined
          ? { status: whole > most ? "incomplete" : "completed" }
          : { status: "failed", error: { code: options.failsWith, message: "The model failed." } }),
        incomplete_details: whole > most ? { reason: "max_output_tokens" } : null,
        output: [
          { id: "msg_fake_1", type: "message", role: "assistant", status: "completed", content: [content] }
        ],
        service_tier: options.serviceTier ?? "default",
        usage: usageOf(touch(request, clock.now + (options.firstEventAfter ?? 0)), Math.min(whole, most))
      }
      return request.stream === true
        ? { events: eventsOf(check, request, response, text), end: "" }
        : { status: 200, body: held(check, "OpenAiResponse", response) }
    }

    const count: Handler = (received) => {
      const request = admit(received, "OpenAiCountRequest")
      if (request instanceof Refusal) return request
      const input_tokens = tokensOf(
        openAiPositions(request)
          .map((position) => position.bytes)
          .join("\n")
      )
      const body = { object: "response.input_tokens", input_tokens }
      return { status: 200, body: held(check, "OpenAiCountResponse", body) }
    }

    const list: Handler = (received) => {
      if (!authorized(received)) return unauthorized
      const data = models.map((id) => ({ id, object: "model", created: 0, owned_by: "openai" }))
      return {
        status: 200,
        body: { object: "list", data: data.map((one) => held(check, "OpenAiModel", one)) }
      }
    }

    const errorBody = (error: ErrorBody): unknown => ({ error: { code: null, param: null, ...error } })
    return serve({
      errorBody,
      errorEvent: ({ code, message }) => ({
        name: "error",
        data: held(check, "OpenAiEvent", {
          type: "error",
          code: code ?? null,
          message,
          param: null,
          sequence_number: 99
        })
      }),
      faulty: ["/v1/responses", "/v1/responses/input_tokens"],
      reply: routed(
        {
          "POST /v1/responses": create,
          "POST /v1/responses/input_tokens": count,
          "GET /v1/models": list
        },
        errorBody,
        new Refusal(404, "invalid_request_error", "Invalid URL")
      )
    })
  })

const eventsOf = (
  check: Check,
  request: OpenAiRequest,
  response: OpenAiResponse,
  text: string
): ReadonlyArray<Event> => {
  const place = { item_id: "msg_fake_1", output_index: 0, content_index: 0 }
  const refused = JSON.stringify(response.output).includes('"refusal"')
  const part = { type: "output_text", text: "", annotations: [], logprobs: [] }
  const item = { id: "msg_fake_1", type: "message", role: "assistant", status: "in_progress", content: [] }
  const data: ReadonlyArray<{ readonly type: string; readonly [field: string]: unknown }> = [
    { type: "response.created", response: bare(request) },
    { type: "response.in_progress", response: bare(request) },
    { type: "response.output_item.added", output_index: 0, item },
    ...(refused ? [] : [{ type: "response.content_part.added", ...place, part }]),
    ...piecesOf(text).map((delta) =>
      refused
        ? { type: "response.refusal.delta", ...place, delta }
        : { type: "response.output_text.delta", ...place, delta, logprobs: [] }
    ),
    { type: `response.${response.status ?? "completed"}`, response }
  ]
  return data.map((event, at) => ({
    name: event.type,
    data: held(check, "OpenAiEvent", { ...event, sequence_number: at })
  }))
}
