/** Bodies of clients as the caches of their providers see them. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import type { JsonObject } from "../../../src/domain/Json.js"
import type { ProviderRequest } from "../../../src/domain/ProviderRequest.js"
import { type ChatApi, requestOfBody } from "../../../src/prompt/render/requestOfBody.js"

const sent = { sentAt: 1, readableAt: null, provider: "openai", model: "m", scope: "default" } as const
const read = (api: ChatApi, body: JsonObject): ProviderRequest | undefined =>
  requestOfBody(api, body, "module asks", sent)
const hashes = (request: ProviderRequest | undefined): ReadonlyArray<string> =>
  (request?.blocks ?? []).map(({ hash }) => hash)

const turns = FastCheck.array(
  FastCheck.record({
    role: FastCheck.constantFrom("user", "assistant"),
    content: FastCheck.fullUnicodeString()
  })
)

/** A conversation with its instructions, as each interface takes it. */
const bodies: ReadonlyArray<
  readonly [ChatApi, (system: string, messages: ReadonlyArray<unknown>) => JsonObject]
> = [
  ["messages", (system, messages) => ({ system, messages })],
  ["chat/completions", (content, rest) => ({ messages: [{ role: "system", content }, ...rest] })],
  ["responses", (content, rest) => ({ input: [{ role: "developer", content }, ...rest] })]
]

describe.each(bodies)("a body for %s", (api, bodyOf) => {
  it.prop(
    "goes on with what is added at its end, and keeps what stood before",
    { before: turns, more: turns, system: FastCheck.fullUnicodeString() },
    ({ before, more, system }) => {
      const short = hashes(read(api, bodyOf(system, before)))
      const long = hashes(read(api, bodyOf(system, [...before, ...more])))
      assert.lengthOf(long, 1 + before.length + more.length)
      assert.deepStrictEqual(long.slice(0, short.length), short)
    }
  )

  it("is the same whether a text stands alone or in a list, and whether it is marked or not", () => {
    const text = { type: "text", text: "hello" }
    const plain = read(api, bodyOf("rules", [{ role: "user", content: "hello" }]))
    const listed = read(api, bodyOf("rules", [{ role: "user", content: [text] }]))
    const marked = read(
      api,
      bodyOf("rules", [
        { role: "user", content: [{ ...text, cache_control: { type: "ephemeral", ttl: "1h" } }] }
      ])
    )
    assert.deepStrictEqual(plain, listed)
    assert.deepStrictEqual(hashes(marked), hashes(plain))
    assert.deepStrictEqual(plain?.marks, [])
    assert.deepStrictEqual(marked?.marks, [{ block: 1, ttl: "1h" }])
  })

  it("has its tools first, by their names, then the system's part by that of the node, then turns", () => {
    const tools = [{ name: "weather" }, { type: "function", function: { name: "clock" } }]
    const request = read(api, { ...bodyOf("rules", [{ role: "user", content: "hunter2" }]), tools })
    assert.deepStrictEqual(
      request?.blocks.map(({ name, part }) => [part, name]),
      [
        ["tools", "weather"],
        ["tools", "clock"],
        ["system", "module asks"],
        ["messages", undefined]
      ]
    )
    assert.notInclude(JSON.stringify(request), "hunter2")
  })

  it.each([
    ["a picture", { content: [{ type: "image", source: { data: "AAAA" } }] }],
    [
      "a document within what a tool gave",
      { content: [{ type: "tool_result", content: [{ type: "document" }] }] }
    ]
  ])("cannot be told with %s", (_, message) => {
    assert.isUndefined(read(api, bodyOf("rules", [{ role: "user", ...message }])))
  })

  it("is told apart by the parameters that break the cache", () => {
    const plain = bodyOf("rules", [])
    const thinking = { type: "enabled", budget_tokens: 1024 }
    const other = { ...plain, thinking, reasoning: { effort: "low" }, reasoning_effort: "low" }
    assert.isUndefined(read(api, plain)?.parameters)
    assert.match(read(api, other)?.parameters ?? "", /^[0-9a-f]{64}$/)
  })
})

describe("a body", () => {
  it("cannot be told where it goes on from what the provider has kept", () => {
    assert.isUndefined(read("responses", { input: "go on", previous_response_id: "resp_1" }))
  })

  it("ends with the mark that Anthropic is told to set by itself", () => {
    const messages = [
      { role: "user", content: "one" },
      { role: "assistant", content: "two" }
    ]
    const request = read("messages", { messages, cache_control: { type: "ephemeral" } })
    assert.deepStrictEqual(request?.marks, [{ block: 1, ttl: "5m" }])
    assert.strictEqual(request?.mode, "breakpoints")
  })

  it("says how OpenAI is to keep it, and by which key it is routed", () => {
    const content = [{ type: "input_text", text: "rules", prompt_cache_breakpoint: { mode: "explicit" } }]
    const body = { input: [{ role: "developer", content }], prompt_cache_key: "k" }
    const implicit = read("responses", body)
    assert.deepStrictEqual(
      [implicit?.mode, implicit?.routingKey, implicit?.marks],
      ["automatic", "k", [{ block: 0, ttl: "30m" }]]
    )
    const explicit = { prompt_cache_options: { mode: "explicit" } }
    assert.strictEqual(read("responses", { ...body, ...explicit })?.mode, "breakpoints")
    assert.strictEqual(read("responses", { input: "hello", ...explicit })?.mode, "none")
  })
})
