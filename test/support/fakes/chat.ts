/**
 * vLLM, SGLang and llama.cpp on loopback: chat completions of the pinned OpenAI SDK's types plus what each server adds,
 * and their native endpoints. vLLM keeps full blocks of 16 tokens, SGLang and llama.cpp every token; none of them
 * reads the last of a request. Without their flags, vLLM and SGLang do not say what they read from their caches.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { held, piecesOf, Refusal, routed, type Handler } from "./answering.js"
import { contracts, type Check } from "./contracts.js"
import { makeAutomaticCache, tokensOf, type AutomaticCache, type ManualClock } from "./prefixCache.js"
import type { ChatRequest, ChatResponse } from "./sdkTypes.js"
import { serve, type ErrorBody, type Event, type Fake } from "./server.js"

export type ChatServer = "vllm" | "sglang" | "llama-cpp"

export interface FakeChatOptions {
  readonly clock?: ManualClock
  readonly key?: string
  readonly model?: string
  readonly answer?: string
  readonly contextTokens?: number
  /** How long after a request the first event of its answer comes, in milliseconds of the clock. */
  readonly firstEventAfter?: number
  /** Whether the server was started with the flag that reports cached tokens; llama.cpp reports them always. */
  readonly reportsCache?: boolean
  /** An old llama.cpp: no cached_tokens and no cache_n, only how many tokens it evaluated. */
  readonly old?: boolean
  /** Leaves out the usage altogether. */
  readonly silent?: boolean
}

/** Fields beyond OpenAI's that each server takes, and what they must be. */
const extensions: Readonly<Record<ChatServer, Readonly<Record<string, (value: unknown) => boolean>>>> = {
  vllm: { cache_salt: (value) => typeof value === "string" && value !== "" },
  sglang: {
    cache_salt: (value) => typeof value === "string" && value !== "",
    extra_key: (value) => typeof value === "string"
  },
  "llama-cpp": {
    cache_prompt: (value) => typeof value === "boolean",
    id_slot: (value) => Number.isInteger(value),
    n_cache_reuse: (value) => Number.isInteger(value)
  }
}

const caches: Readonly<Record<ChatServer, { granularity: number; keepsLast: boolean }>> = {
  vllm: { granularity: 16, keepsLast: false },
  sglang: { granularity: 1, keepsLast: false },
  "llama-cpp": { granularity: 1, keepsLast: false }
}

const contentOf = (content: unknown): string =>
  typeof content === "string"
    ? content
    : Array.isArray(content)
      ? // validated before: an array of parts, of which only texts are sent here
        content.map((part: { readonly text?: string }) => part.text ?? "").join("")
      : ""

/** A chat template. What a request's bytes are is what it makes of the messages. */
export const template = (
  messages: ReadonlyArray<{ readonly role: string; readonly content?: unknown }>
): string =>
  messages.map(({ content, role }) => `<|${role}|>${contentOf(content)}<|end|>`).join("") + "<|assistant|>"

/** What a server's cache makes of prompts. */
export const makeChatCache = (server: ChatServer, clock: ManualClock): AutomaticCache =>
  makeAutomaticCache(clock, { ...caches[server], minimum: 0, ttl: Number.POSITIVE_INFINITY })

/** Starts the server; it stops when the scope closes. */
export const fakeChat = (
  server: ChatServer,
  options: FakeChatOptions = {}
): Effect.Effect<Fake, never, Scope.Scope> =>
  Effect.flatMap(contracts, (check) => {
    const clock = options.clock ?? { now: 0 }
    const cache = makeChatCache(server, clock)
    const model = options.model ?? "qwen3-8b"
    const answer = options.answer ?? "Grüße aus dem Zwischenspeicher 🌍"
    const room = options.contextTokens ?? 32_768

    /** OpenAI's part of the body, if the server's own part is in order. */
    const split = (
      body: unknown
    ): { own: Readonly<Record<string, unknown>>; request: ChatRequest } | Refusal => {
      const own: Record<string, unknown> = {}
      const rest: Record<string, unknown> = {}
      for (const [name, value] of Object.entries(typeof body === "object" && body !== null ? body : {})) {
        const valid = extensions[server][name]
        if (valid !== undefined && !valid(value))
          return new Refusal(400, "BadRequestError", `${name} is invalid`)
        if (valid === undefined) rest[name] = value
        else own[name] = value
      }
      const problem = check("ChatRequest", rest)
      return problem === undefined
        ? // validated by the line above
          { own, request: rest as Record<string, unknown> & ChatRequest }
        : new Refusal(400, "BadRequestError", problem)
    }

    const overflow = (size: number): Refusal =>
      ({
        vllm: () =>
          new Refusal(
            400,
            "BadRequestError",
            `This model's maximum context length is ${room} tokens. However, your request has ${size} input tokens. However, you requested ${size} tokens in the messages.`,
            { code: 400, param: "input_tokens" }
          ),
        sglang: () =>
          new Refusal(
            400,
            "BadRequestError",
            `The input (${size} tokens) is longer than the model's context length (${room} tokens).`,
            { code: 400, param: null }
          ),
        "llama-cpp": () =>
          new Refusal(
            400,
            "exceed_context_size_error",
            "the request exceeds the available context size, try increasing it",
            { code: 400, n_prompt_tokens: size, n_ctx: room }
          )
      })[server]()

    const guarded =
      (handler: Handler): Handler =>
      (received) =>
        options.key !== undefined && received.headers.authorization !== `Bearer ${options.key}`
          ? new Refusal(401, "authentication_error", "Invalid API Key", { code: 401 })
          : handler(received)

    const complete: Handler = (received) => {
      const parsed = split(received.body)
      if (parsed instanceof Refusal) return parsed
      const { own, request } = parsed
      if (server === "vllm" && request.model !== model) {
        return new Refusal(404, "NotFoundError", `The model \`${request.model}\` does not exist.`, {
          code: 404,
          param: "model"
        })
      }
      if (request.messages.slice(1).some((message) => message.role === "system")) {
        const status = server === "llama-cpp" ? 500 : 400
        return new Refusal(status, "BadRequestError", "System message must be at the beginning.", {
          code: status
        })
      }
      const prompt = template(request.messages)
      const size = tokensOf(prompt)
      if (size > room) return overflow(size)
      const scope = `${String(own["cache_salt"] ?? "")}\n${String(own["extra_key"] ?? "")}`
      const { read, total } =
        own["cache_prompt"] === false
          ? { read: 0, total: size }
          : cache.touch(scope, prompt, clock.now + (options.firstEventAfter ?? 0))
      const most = request.max_tokens ?? request.max_completion_tokens ?? Number.POSITIVE_INFINITY
      const whole = tokensOf(answer)
      const text =
        whole > most
          ? Buffer.from(answer)
              .subarray(0, most * 4)
              .toString()
          : answer
      const output = Math.min(whole, most)
      const told = server === "llama-cpp" ? options.old !== true : options.reportsCache !== false
      const usage = {
        prompt_tokens: total,
        completion_tokens: output,
        total_tokens: total + output,
        ...(told ? { prompt_tokens_details: { cached_tokens: read } } : {})
      }
      const timings = {
        prompt_n: total - read,
        predicted_n: output,
        ...(options.old === true ? {} : { cache_n: read })
      }
      const response: ChatResponse = held(check, "ChatResponse", {
        id: "chatcmpl-fake-1",
        object: "chat.completion" as const,
        created: 1_750_000_000,
        model,
        choices: [
          {
            index: 0,
            message: { role: "assistant" as const, content: text, refusal: null },
            finish_reason: whole > most ? ("length" as const) : ("stop" as const),
            logprobs: null
          }
        ],
        ...(options.silent === true ? {} : { usage })
      })
      const beside = server === "llama-cpp" && options.silent !== true ? { timings } : {}
      return request.stream === true
        ? { events: eventsOf(check, request, response, text, beside), end: "data: [DONE]\n\n" }
        : { status: 200, body: { ...response, ...beside } }
    }

    // native endpoints are read as their servers document them; what they are sent is checked by the tests
    type NativeBody = { content?: string; prompt?: string; messages?: ReadonlyArray<{ role: string }> }
    const native = (body: unknown): NativeBody => (typeof body === "object" && body !== null ? body : {})
    const tokens = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, at) => at)

    const tokenize: Handler = ({ body }) => {
      const asked = native(body)
      if (server === "llama-cpp")
        return { status: 200, body: { tokens: tokens(tokensOf(asked.content ?? "")) } }
      const count = tokensOf(asked.prompt ?? template(asked.messages ?? []))
      return { status: 200, body: { count, max_model_len: room, tokens: tokens(count) } }
    }

    const errorBody = (error: ErrorBody, status: number): unknown =>
      server === "sglang"
        ? { object: "error", code: status, ...error }
        : { error: { code: status, ...error } }
    return serve({
      errorBody,
      errorEvent: (error) => ({ data: { error: { code: 500, ...error } } }),
      faulty: ["/v1/chat/completions", "/tokenize"],
      reply: routed(
        {
          "POST /v1/chat/completions": guarded(complete),
          "POST /tokenize": guarded(tokenize),
          "POST /apply-template": guarded(({ body }) => ({
            status: 200,
            body: { prompt: template(native(body).messages ?? []) }
          })),
          "GET /v1/models": guarded(() => ({
            status: 200,
            body: {
              object: "list",
              data: [held(check, "OpenAiModel", { id: model, object: "model", created: 0, owned_by: server })]
            }
          })),
          "GET /health": () => ({ status: 200, body: { status: "ok" } }),
          ...(server === "vllm"
            ? { "GET /version": () => ({ status: 200, body: { version: "0.30.1" } }) }
            : {}),
          ...(server === "llama-cpp"
            ? { "GET /props": () => ({ status: 200, body: { build_info: "b11669" } }) }
            : {})
        },
        errorBody,
        new Refusal(404, "NotFoundError", "Not Found")
      )
    })
  })

const eventsOf = (
  check: Check,
  request: ChatRequest,
  response: ChatResponse,
  text: string,
  beside: Readonly<Record<string, unknown>>
): ReadonlyArray<Event> => {
  const base = {
    id: response.id,
    object: "chat.completion.chunk",
    created: response.created,
    model: response.model
  }
  const choice = (delta: object, finish_reason: string | null): object => ({
    ...base,
    choices: [{ index: 0, delta, finish_reason, logprobs: null }]
  })
  const counted = request.stream_options?.include_usage === true && response.usage !== undefined
  const chunks = [
    choice({ role: "assistant", content: "" }, null),
    ...piecesOf(text).map((content) => choice({ content }, null)),
    choice({}, response.choices[0]?.finish_reason ?? null),
    ...(counted ? [{ ...base, choices: [], usage: response.usage }] : [])
  ]
  return chunks.map((chunk, at) => {
    held(check, "ChatEvent", chunk)
    return { data: at === chunks.length - 1 ? { ...chunk, ...beside } : chunk }
  })
}
