/**
 * A Messages API on loopback that keeps to Anthropic's rules: requests are of the pinned SDK's types, at most four
 * marks, an hour before five minutes, no prefix below the model's minimum, an entry found at most twenty positions
 * behind a mark and until its time is over. It says itself how many tokens it read and wrote.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { held, piecesOf, Refusal, routed, type Handler } from "./answering.js"
import { contracts, type Check } from "./contracts.js"
import { makeMarkedCache, tokensOf, type ManualClock, type Position, type Touched } from "./prefixCache.js"
import type { AnthropicRequest, AnthropicResponse } from "./sdkTypes.js"
import { serve, type ErrorBody, type Event, type Fake, type Received, type Reply } from "./server.js"

export interface FakeAnthropicOptions {
  readonly clock?: ManualClock
  readonly key?: string
  readonly models?: ReadonlyArray<string>
  /** A text, or what makes one of a request. */
  readonly answer?: string | ((request: AnthropicRequest) => string)
  /** The tokens of a text block; left out, four bytes of the request are one. */
  readonly tokensOf?: (text: string) => number
  readonly contextTokens?: number
  readonly minimum?: number | ((model: string) => number)
  /** How long after a request the first event of its answer comes, in milliseconds of the clock. */
  readonly firstEventAfter?: number
  readonly serviceTier?: "standard" | "priority"
  readonly stopReason?: "end_turn" | "refusal"
}

type Mark = { readonly ttl?: "5m" | "1h" | null } | null | undefined

const markOf = (cache_control: Mark): Pick<Position, "mark"> =>
  cache_control == null ? {} : { mark: { ttl: cache_control.ttl ?? "5m" } }

/** Anthropic's guide: another tool choice, and another way to think, keep tools and system and break the messages. */
const salted = (
  { thinking, tool_choice }: AnthropicRequest,
  [first, ...others]: ReadonlyArray<Position>
): ReadonlyArray<Position> =>
  first === undefined
    ? []
    : thinking === undefined && tool_choice === undefined
      ? [first, ...others]
      : [{ ...first, salt: JSON.stringify([thinking, tool_choice]) }, ...others]

/** Tools, then system, then messages: the order in which the provider reads a request. */
export const anthropicPositions = (request: AnthropicRequest): ReadonlyArray<Position> => {
  const bare = (value: object): string => JSON.stringify({ ...value, cache_control: undefined })
  const marked = (role: string, value: object & { readonly cache_control?: Mark }): Position => ({
    bytes: `${role}:${bare(value)}`,
    ...markOf(value.cache_control)
  })
  const blocks = (role: string, content: unknown): ReadonlyArray<Position> =>
    typeof content === "string"
      ? [{ bytes: `${role}:${content}` }]
      : Array.isArray(content)
        ? // validated against the SDK's types before: an array of blocks
          content.map((block: object & { readonly cache_control?: Mark }) => marked(role, block))
        : []
  const positions = [
    ...(request.tools ?? []).map((tool) => marked("tool", tool)),
    ...blocks("system", request.system),
    ...salted(
      request,
      request.messages.flatMap((message) => blocks(message.role, message.content))
    )
  ]
  const last = positions.at(-1)
  return request.cache_control == null || last === undefined || last.mark !== undefined
    ? positions
    : [...positions.slice(0, -1), { ...last, ...markOf(request.cache_control) }]
}

const checkMarks = (request: AnthropicRequest, positions: ReadonlyArray<Position>): Refusal | undefined => {
  const marks = positions.flatMap((position) => position.mark ?? [])
  if (marks.length > 4) {
    return new Refusal(
      400,
      "invalid_request_error",
      `A maximum of 4 blocks with cache_control may be provided. Found ${marks.length}.`
    )
  }
  const short = marks.findIndex((mark) => mark.ttl === "5m")
  if (short >= 0 && marks.slice(short).some((mark) => mark.ttl === "1h")) {
    return new Refusal(
      400,
      "invalid_request_error",
      "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block."
    )
  }
  const empty = positions.some(
    (position) => position.mark !== undefined && position.bytes.includes('"text":""')
  )
  return empty
    ? new Refusal(400, "invalid_request_error", "cache_control cannot be set for empty text blocks")
    : undefined
}

const usageOf = (
  touched: Touched,
  output: number,
  tier: "standard" | "priority"
): AnthropicResponse["usage"] => {
  const short = touched.written["5m"] ?? 0
  const long = touched.written["1h"] ?? 0
  return {
    input_tokens: touched.total - touched.read - short - long,
    cache_creation_input_tokens: short + long,
    cache_read_input_tokens: touched.read,
    cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long },
    output_tokens: output,
    output_tokens_details: null,
    server_tool_use: null,
    service_tier: tier,
    speed: null,
    inference_geo: null
  }
}

/** The text of a position, or all of it where it is no text block. */
const textIn = ({ bytes }: Position): string => {
  const found: unknown = /^\w+:\{/.test(bytes) ? JSON.parse(bytes.slice(bytes.indexOf("{"))) : undefined
  return typeof found === "object" && found !== null && "text" in found ? String(found.text) : bytes
}

/** What the provider's cache makes of a request. */
export const makeAnthropicCache = (
  clock: ManualClock,
  minimum: FakeAnthropicOptions["minimum"] = 1024,
  count?: FakeAnthropicOptions["tokensOf"]
): ((request: AnthropicRequest, readableAt?: number) => Touched) => {
  const cache = makeMarkedCache(clock)
  const rules = { lookback: 20, reads: 4, writes: 4 }
  return (request, readableAt) =>
    cache.touch(
      request.model,
      anthropicPositions(request).map((position) =>
        count === undefined ? position : { ...position, tokens: count(textIn(position)) }
      ),
      { ...rules, minimum: typeof minimum === "number" ? minimum : minimum(request.model) },
      readableAt
    )
}

/** Starts the server; it stops when the scope closes. */
export const fakeAnthropic = (options: FakeAnthropicOptions = {}): Effect.Effect<Fake, never, Scope.Scope> =>
  Effect.flatMap(contracts, (check) => {
    const clock = options.clock ?? { now: 0 }
    const touch = makeAnthropicCache(clock, options.minimum, options.tokensOf)
    const { answer: given = "Grüße aus dem Zwischenspeicher 🌍" } = options
    const answerTo = typeof given === "string" ? (): string => given : given
    const models = options.models ?? ["claude-opus-5-5", "claude-sonnet-5", "claude-haiku-4-5"]

    /** The request, if its key, its form, its model and its marks are in order. */
    const admit = (
      received: Received,
      contract: "AnthropicRequest" | "AnthropicCountRequest"
    ): AnthropicRequest | Refusal => {
      const { authorization, "x-api-key": old } = received.headers
      if (options.key !== undefined && authorization !== `Bearer ${options.key}` && old !== options.key) {
        return new Refusal(401, "authentication_error", "invalid x-api-key")
      }
      if (received.headers["anthropic-version"] === undefined) {
        return new Refusal(400, "invalid_request_error", "anthropic-version: header is required")
      }
      const problem = check(contract, received.body)
      if (problem !== undefined) return new Refusal(400, "invalid_request_error", problem)
      // validated: a count request has what is read of it below in common with a full one
      const request = received.body as AnthropicRequest
      if (!models.includes(request.model))
        return new Refusal(404, "not_found_error", `model: ${request.model}`)
      return checkMarks(request, anthropicPositions(request)) ?? request
    }

    const create = (received: Received): Reply | Refusal => {
      const request = admit(received, "AnthropicRequest")
      if (request instanceof Refusal) return request
      const positions = anthropicPositions(request)
      const size = tokensOf(positions.map((position) => position.bytes).join(""))
      const room = options.contextTokens ?? 200_000
      if (size > room) {
        return new Refusal(
          400,
          "invalid_request_error",
          `prompt is too long: ${size} tokens > ${room} maximum`
        )
      }
      const touched = touch(request, clock.now + (options.firstEventAfter ?? 0))
      const answer = answerTo(request)
      const whole = tokensOf(answer)
      const text =
        whole > request.max_tokens
          ? Buffer.from(answer)
              .subarray(0, request.max_tokens * 4)
              .toString()
          : answer
      const usage = usageOf(touched, Math.min(whole, request.max_tokens), options.serviceTier ?? "standard")
      const message: AnthropicResponse = {
        id: "msg_fake_1",
        type: "message",
        role: "assistant",
        model: request.model,
        content: [{ type: "text", text, citations: null }],
        stop_reason: whole > request.max_tokens ? "max_tokens" : (options.stopReason ?? "end_turn"),
        stop_sequence: null,
        stop_details: null,
        container: null,
        diagnostics: null,
        usage
      }
      return request.stream === true
        ? { events: eventsOf(check, message, text), end: "" }
        : body(check, message)
    }

    const count = (received: Received): Reply | Refusal => {
      const request = admit(received, "AnthropicCountRequest")
      if (request instanceof Refusal) return request
      const input_tokens = tokensOf(
        anthropicPositions(request)
          .map((position) => position.bytes)
          .join("")
      )
      return { status: 200, body: held(check, "AnthropicCountResponse", { input_tokens }) }
    }

    const list = (received: Received): Reply | Refusal =>
      options.key !== undefined && received.headers.authorization !== `Bearer ${options.key}`
        ? new Refusal(401, "authentication_error", "invalid x-api-key")
        : {
            status: 200,
            body: {
              data: models.map((id) => ({ type: "model", id })),
              has_more: false,
              first_id: null,
              last_id: null
            }
          }

    const routes: Readonly<Record<string, Handler>> = {
      "POST /v1/messages": create,
      "POST /v1/messages/count_tokens": count,
      "GET /v1/models": list
    }
    const errorBody = (error: ErrorBody): unknown => ({ type: "error", error, request_id: "req_fake_1" })
    return serve({
      errorBody,
      errorEvent: (error) => ({ name: "error", data: errorBody(error) }),
      faulty: ["/v1/messages", "/v1/messages/count_tokens"],
      reply: routed(routes, errorBody, new Refusal(404, "not_found_error", "Not found"))
    })
  })

const body = (check: Check, message: AnthropicResponse): Reply => ({
  status: 200,
  body: held(check, "AnthropicResponse", message)
})

const eventsOf = (check: Check, message: AnthropicResponse, text: string): ReadonlyArray<Event> => {
  const { usage } = message
  const data: ReadonlyArray<{ readonly type: string; readonly [field: string]: unknown }> = [
    {
      type: "message_start",
      message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } }
    },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "", citations: null } },
    { type: "ping" },
    ...piecesOf(text).map((piece) => ({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text: piece }
    })),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: message.stop_reason, stop_sequence: null, stop_details: null, container: null },
      usage: {
        input_tokens: usage.input_tokens,
        cache_creation_input_tokens: usage.cache_creation_input_tokens,
        cache_read_input_tokens: usage.cache_read_input_tokens,
        output_tokens: usage.output_tokens,
        output_tokens_details: null,
        server_tool_use: null
      }
    },
    { type: "message_stop" }
  ]
  for (const event of data) if (event.type !== "ping") held(check, "AnthropicEvent", event)
  return data.map((event) => ({ name: event.type, data: event }))
}
