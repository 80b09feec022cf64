/** Which answers may be given again, by what the APIs say of them. */
import { assert, describe, it } from "@effect/vitest"
import { isWhole } from "../../src/services/responses/whole.js"

const json = (body: unknown, status = 200) => ({
  status,
  type: "application/json",
  text: typeof body === "string" ? body : JSON.stringify(body),
  cut: false
})
const stream = (...data: ReadonlyArray<unknown>) => ({
  status: 200,
  type: "text/event-stream; charset=utf-8",
  text: data.map((each) => `data: ${typeof each === "string" ? each : JSON.stringify(each)}\n\n`).join(""),
  cut: false
})
const chunk = (delta: object, finish_reason: string | null = null) => ({
  choices: [{ delta, finish_reason }]
})

describe("an answer is kept", () => {
  it.each([
    [
      "a chat completion",
      json({ choices: [{ message: { content: "x", refusal: null }, finish_reason: "stop" }] })
    ],
    ["one that is as long as was asked for", json({ choices: [{ message: {}, finish_reason: "length" }] })],
    ["a message with a call of a tool", json({ type: "message", stop_reason: "tool_use", content: [] })],
    ["a response", json({ object: "response", status: "completed", error: null, output: [] })],
    ["a stream of chunks", stream(chunk({ content: "a" }), chunk({}, "stop"), "[DONE]")],
    ["a stream of a message", stream({ type: "message_start" }, { type: "message_stop" })],
    [
      "a stream of a response",
      stream(
        { type: "response.created", response: { object: "response", status: "in_progress" } },
        {
          type: "response.completed",
          response: { object: "response", status: "completed", error: null }
        }
      )
    ],
    ["a stream that was left after its end", { ...stream(chunk({}, "stop"), "[DONE]"), cut: true }],
    ["text that speaks of refusals", json({ choices: [{ message: { content: '"refusal": "x"' } }] })]
  ])("that is %s", (_, answer) => assert.isTrue(isWhole(answer)))
})

describe("an answer is not kept", () => {
  it.each([
    ["an error by its status", json({ choices: [] }, 500)],
    ["an error in spite of its status", json({ error: { message: "overloaded" } })],
    ["no JSON", json("<html>")],
    ["empty", json("")],
    ["half of its JSON", json('{"choices":[')],
    ["JSON that was left", { ...json({ choices: [] }), cut: true }],
    ["a refusal in a chat", json({ choices: [{ message: { refusal: "I cannot" } }] })],
    ["filtered", json({ choices: [{ finish_reason: "content_filter" }] })],
    ["a refusal of Anthropic", json({ type: "message", stop_reason: "refusal" })],
    ["a refusal in a response", json({ object: "response", output: [{ content: [{ type: "refusal" }] }] })],
    ["a response that is worked on", json({ object: "response", status: "queued" })],
    ["a response that failed", json({ object: "response", status: "failed", error: { code: "x" } })],
    ["filtered by Gemini", json({ candidates: [{ finishReason: "SAFETY" }] })],
    ["a prompt that Gemini blocked", json({ promptFeedback: { blockReason: "SAFETY" } })],
    ["a stream without its end", stream(chunk({ content: "a" }), chunk({}, "stop"))],
    ["a stream with an error", stream(chunk({ content: "a" }), { error: { code: 500 } }, "[DONE]")],
    ["a stream with a broken event", stream(chunk({}), "{oops", "[DONE]")],
    ["a stream of a refusal", stream(chunk({ refusal: "I" }), chunk({}, "stop"), "[DONE]")],
    ["a stream of a response that failed", stream({ type: "response.failed", response: {} }, "[DONE]")],
    [
      "a stream that Anthropic refused to go on with",
      stream({ type: "message_delta", delta: { stop_reason: "refusal" } }, { type: "message_stop" })
    ]
  ])("that is %s", (_, answer) => assert.isFalse(isWhole(answer)))
})
