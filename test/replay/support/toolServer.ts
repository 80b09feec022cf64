/** The chat and messages APIs on loopback for a model that asks for the weather before it answers, in one piece or as a stream. */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type Event, type Fake, type Reply, serve } from "../../support/fakes/server.js"

interface Body {
  readonly stream?: boolean
  readonly messages: ReadonlyArray<{ readonly role: string; readonly content: unknown }>
}

const answer = "It rains in Berlin."
const args = '{"city":"Berlin"}'
const pieces = (text: string): ReadonlyArray<string> => text.match(/.{1,6}/g) ?? []

/** Whether the model has what it asked for. */
const knows = ({ messages }: Body): boolean =>
  messages.some(
    ({ content, role }) => role === "tool" || JSON.stringify(content ?? "").includes("tool_result")
  )

const chat = (body: Body): Reply => {
  const base = { id: "chat_1", created: 1, model: "m", usage: null }
  const call = { id: "call_1", type: "function", function: { name: "weather", arguments: args } }
  const finish = knows(body) ? "stop" : "tool_calls"
  if (body.stream === true) {
    const chunk = (delta: object, finish_reason: string | null = null): Event => ({
      data: { ...base, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] }
    })
    const deltas = knows(body)
      ? pieces(answer).map((content) => chunk({ content }))
      : pieces(args).map((text, i) =>
          chunk({
            tool_calls: [
              i === 0
                ? { index: 0, ...call, function: { name: "weather", arguments: text } }
                : { index: 0, function: { arguments: text } }
            ]
          })
        )
    return { events: [...deltas, chunk({}, finish)], end: "data: [DONE]\n\n" }
  }
  const message = knows(body)
    ? { role: "assistant", content: answer, refusal: null }
    : { role: "assistant", content: null, refusal: null, tool_calls: [call] }
  return {
    status: 200,
    body: { ...base, object: "chat.completion", choices: [{ index: 0, message, finish_reason: finish }] }
  }
}

const messages = (body: Body): Reply => {
  const usage = { input_tokens: 5, output_tokens: 5 }
  const stop_reason = knows(body) ? "end_turn" : "tool_use"
  const content = knows(body)
    ? { type: "text", text: answer }
    : { type: "tool_use", id: "call_1", name: "weather", input: JSON.parse(args) as unknown }
  const whole = { id: "msg_1", type: "message", role: "assistant", model: "m", content: [content], usage }
  if (body.stream !== true) return { status: 200, body: { ...whole, stop_reason, stop_sequence: null } }
  const data: ReadonlyArray<{ readonly type: string; readonly [name: string]: unknown }> = [
    { type: "message_start", message: { ...whole, content: [], stop_reason: null, stop_sequence: null } },
    {
      type: "content_block_start",
      index: 0,
      content_block: knows(body) ? { type: "text", text: "" } : { ...content, input: {} }
    },
    ...pieces(knows(body) ? answer : args).map((text) => ({
      type: "content_block_delta",
      index: 0,
      delta: knows(body) ? { type: "text_delta", text } : { type: "input_json_delta", partial_json: text }
    })),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage },
    { type: "message_stop" }
  ]
  return { events: data.map((each) => ({ name: each.type, data: each })), end: "" }
}

/** Serves until the scope closes. */
export const toolServer: Effect.Effect<Fake, never, Scope.Scope> = serve({
  errorBody: (error) => ({ type: "error", error }),
  errorEvent: (error) => ({ data: { type: "error", error } }),
  faulty: ["/v1/chat/completions", "/v1/messages"],
  // what the SDKs send is of this form
  reply: ({ body, path }) => (path === "/v1/messages" ? messages(body as Body) : chat(body as Body))
})
