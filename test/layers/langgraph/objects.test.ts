import { assert, describe, it } from "@effect/vitest"
import { Document } from "@langchain/core/documents"
import { Serializable } from "@langchain/core/load/serializable"
import * as messages from "@langchain/core/messages"
import {
  AIMessage,
  AIMessageChunk,
  ChatMessage,
  ChatMessageChunk,
  FunctionMessage,
  FunctionMessageChunk,
  HumanMessage,
  HumanMessageChunk,
  RemoveMessage,
  SystemMessage,
  SystemMessageChunk,
  ToolMessage,
  ToolMessageChunk
} from "@langchain/core/messages"
import { ChatPromptValue, ImagePromptValue, StringPromptValue } from "@langchain/core/prompt_values"
import { DynamicTool } from "@langchain/core/tools"
import { Command, Overwrite, Send } from "@langchain/langgraph"
import { DeltaSnapshot, JsonPlusSerializer } from "@langchain/langgraph-checkpoint"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { deepStrictEqual } from "node:assert/strict"
import { objects } from "../../../layers/langgraph/objects.js"
import type { ValueError } from "../../../src/domain/RunErrors.js"
import type { Extension } from "../../../src/runs/Extension.js"
import { decodeValue, type Encoded, encodeValue, parseValue } from "../../../src/runs/values.js"

const text = (value: unknown, extension = objects()): string => {
  const stored = Either.getOrThrow(encodeValue(value, extension))
  return stored.encoding === 2 ? "bytes" : stored.text
}
const read = (value: Encoded, extension: Extension): Either.Either<unknown, ValueError> =>
  Either.flatMap(parseValue(value), (stored) => decodeValue(stored, extension))
const again = (value: unknown, extension: Extension = objects()): unknown =>
  Either.getOrThrow(read(Either.getOrThrow(encodeValue(value, extension)), extension))
const refused = (value: unknown, extension = objects()): ValueError =>
  Either.getOrThrow(Either.flip(encodeValue(value, extension)))
const unreadable = (stored: string, extension = objects()): ValueError =>
  Either.getOrThrow(Either.flip(read({ encoding: 1, text: stored }, extension)))

const serde = new JsonPlusSerializer()
/** What MemorySaver gives back. */
const official = async (value: unknown): Promise<unknown> =>
  serde.loadsTyped(...(await serde.dumpsTyped(value)))

const call = { name: "search", args: { q: "x", deep: { n: [1] } }, id: "c1", type: "tool_call" as const }
const withUsage: object = {
  usage_metadata: {
    input_tokens: 1,
    output_tokens: 2,
    total_tokens: 3,
    input_token_details: { cache_read: 1 }
  }
}
const common = {
  id: "m1",
  name: "Ann",
  additional_kwargs: { camelCase: 1, snake_case: { lc: 1, type: "constructor", id: ["x"] } },
  response_metadata: { model_name: "m", tokenUsage: { promptTokens: 1 } }
}
const blocks = [
  { type: "text" as const, text: "hi" },
  { type: "image_url" as const, image_url: { url: "data:image/png;base64,AAAA" } }
]

/** What a message shows, without the record that LangChain keeps of what its constructor was given. */
const shown = (value: unknown): unknown => ({ ...Object(value), lc_kwargs: {} })

const samples = {
  AIMessage: [
    new AIMessage("hi"),
    new AIMessage({ ...common, content: blocks, tool_calls: [call] }),
    new AIMessage(Object.assign({ content: "x" }, withUsage)),
    new AIMessage({
      content: "",
      invalid_tool_calls: [{ name: "f", args: "{", error: "bad", type: "invalid_tool_call" }]
    }),
    new AIMessage({
      contentBlocks: [
        { type: "text", text: "v1" },
        { type: "tool_call", id: "c", name: "f", args: {} }
      ]
    })
  ],
  AIMessageChunk: [
    new AIMessageChunk("hi"),
    new AIMessageChunk({ ...common, content: "x", tool_calls: [call] }),
    new AIMessageChunk(Object.assign({ content: "x" }, withUsage)),
    new AIMessageChunk({
      content: "",
      tool_call_chunks: [
        { name: "f", args: '{"a":1}', id: "1", index: 0, type: "tool_call_chunk" },
        { name: "g", args: "{", id: "2", index: 1, type: "tool_call_chunk" }
      ]
    })
  ],
  ChatMessage: [new ChatMessage({ ...common, content: "x", role: "critic" }), new ChatMessage("x", "critic")],
  ChatMessageChunk: [new ChatMessageChunk({ ...common, content: "x", role: "critic" })],
  FunctionMessage: [new FunctionMessage({ ...common, content: "x", name: "f" })],
  FunctionMessageChunk: [new FunctionMessageChunk({ ...common, content: "x", name: "f" })],
  HumanMessage: [new HumanMessage("hi"), new HumanMessage({ ...common, content: blocks })],
  HumanMessageChunk: [new HumanMessageChunk({ ...common, content: blocks })],
  RemoveMessage: [new RemoveMessage({ id: "m1" }), new RemoveMessage({ id: "__remove_all__" })],
  SystemMessage: [new SystemMessage("hi"), new SystemMessage({ ...common, content: blocks })],
  SystemMessageChunk: [new SystemMessageChunk({ ...common, content: "x" })],
  ToolMessage: [
    new ToolMessage("done", "c1", "search"),
    new ToolMessage({
      ...common,
      content: blocks,
      tool_call_id: "c1",
      status: "error",
      artifact: { rows: [1] }
    })
  ],
  ToolMessageChunk: [
    new ToolMessageChunk({ ...common, content: "x", tool_call_id: "c1", status: "success", artifact: [1] })
  ]
}

describe("a message", () => {
  it("of every class that LangChain exports is in the samples", () => {
    const exported = Object.entries(messages).flatMap(([name, made]) =>
      typeof made === "function" && made.prototype instanceof Serializable && !name.startsWith("Base")
        ? [name]
        : []
    )
    assert.deepStrictEqual(Object.keys(samples).sort(), exported.sort())
  })

  for (const [name, of] of Object.entries(samples))
    it(`${name} comes back as it was`, () => {
      for (const message of of) {
        const made = again(message)
        deepStrictEqual(shown(made), shown(message))
        assert.strictEqual(Object.getPrototypeOf(made), Object.getPrototypeOf(message))
        deepStrictEqual(JSON.parse(JSON.stringify(again(made))), JSON.parse(JSON.stringify(made)))
      }
    })

  for (const [name, of] of Object.entries(samples))
    it(`${name} comes back as MemorySaver gives it`, async () => {
      for (const message of of) {
        const theirs = await official(message)
        // LangChain reads the key back as `toolCallId`, which no constructor takes
        if (theirs instanceof ToolMessageChunk) theirs.tool_call_id = "c1"
        const seen = name === "ToolMessageChunk" ? shown : (value: unknown) => value
        deepStrictEqual(seen(again(message)), seen(theirs))
        assert.strictEqual(Object.getPrototypeOf(again(message)), Object.getPrototypeOf(theirs))
      }
    })

  it("keeps what MemorySaver loses: dates, bytes, NaN, Maps, and what looks like an object of LangChain", () => {
    const artifact = {
      at: new Date(5),
      bytes: Uint8Array.of(1, 255),
      map: new Map([[NaN, new Set([-0])]]),
      camelCase_and_snake: undefined,
      __lc_escaped__: {
        lc: 1,
        type: "constructor",
        id: ["langchain_core", "messages", "HumanMessage"],
        kwargs: {}
      },
      nested: new AIMessage({ content: "x", additional_kwargs: { big: 10n } })
    }
    const message = new ToolMessage({ content: "x", tool_call_id: "c", artifact })
    deepStrictEqual(again(message), message)
  })

  it("keeps what was set after it was made", () => {
    const message = new AIMessage("x")
    message.name = "critic"
    Object.assign(message, withUsage)
    message.id = "m9"
    message.content = "y"
    deepStrictEqual(shown(again(message)), shown(message))
  })

  it("is not given a prototype by what its constructor was given", () => {
    const message = new HumanMessage(JSON.parse('{"content":"x","__proto__":{"admin":true}}'))
    assert.strictEqual(text(message), text(new HumanMessage({ content: "x" })))
  })

  it("of another copy of LangChain becomes one of this copy", () => {
    class Twin extends Serializable {
      override lc_serializable = true
      lc_namespace = ["langchain_core", "messages"]
      static override lc_name() {
        return "HumanMessage"
      }
    }
    deepStrictEqual(again(new Twin({ content: "hi" })), new HumanMessage({ content: "hi" }))
  })

  it("holds messages", () => {
    const value = new ChatPromptValue([new SystemMessage("a"), new HumanMessage("b")])
    deepStrictEqual(again({ value }), { value })
  })

  it.prop(
    "of any content comes back as it was",
    [
      FastCheck.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true
      })
    ],
    ([given]) => {
      if (Either.isLeft(encodeValue(given))) return
      const message = new HumanMessage({ content: "x", additional_kwargs: { given } })
      deepStrictEqual(
        again(message),
        new HumanMessage({ content: "x", additional_kwargs: { given: again(given) } })
      )
    }
  )
})

describe("prompt values and documents", () => {
  it("come back as they were, and as MemorySaver gives them", async () => {
    const image = new ImagePromptValue({ url: "https://example.com/a.png", detail: "low" })
    const chat = new ChatPromptValue([new HumanMessage("x")])
    for (const value of [image, chat]) {
      deepStrictEqual(again(value), value)
      deepStrictEqual(again(value), await official(value))
    }
    // MemorySaver gives one whose value is an object
    deepStrictEqual(again(new StringPromptValue("x")), new StringPromptValue("x"))
  })

  it("documents keep their class, which MemorySaver loses", () => {
    const document = new Document({
      id: "d",
      pageContent: "x",
      metadata: { at: new Date(3), __proto__: null }
    })
    deepStrictEqual(again([document, new Document({ pageContent: "" })]), [
      document,
      new Document({ pageContent: "" })
    ])
    const scored = Object.assign(new Document({ pageContent: "x" }), { score: 0.5 })
    deepStrictEqual(again(scored), scored)
  })
})

describe("objects of LangGraph", () => {
  it("are what MemorySaver makes of them", async () => {
    for (const value of [
      new Send("node", { a: 1 }),
      new Send("node", [new HumanMessage("x")], { timeout: 50 }),
      new Overwrite([1]),
      new Overwrite(null),
      new DeltaSnapshot([new HumanMessage("x")]),
      new DeltaSnapshot(undefined),
      new Command({ update: { a: 1 }, goto: ["x", new Send("y", 1)] }),
      new Command({ resume: "yes" }),
      [{ id: "i", value: "an interrupt" }]
    ])
      deepStrictEqual(again(value), await official(value))
  })

  it("are data of LangGraph's own again when LangGraph gets them", () => {
    const command = new Command({
      graph: Command.PARENT,
      update: { at: new Date(1) },
      goto: new Send("y", new Map())
    })
    const read = again(command) as ConstructorParameters<typeof Command>[0]
    deepStrictEqual(new Command(read).toJSON(), command.toJSON())
    assert.strictEqual(new Command(read).graph, Command.PARENT)
    assert.isTrue(Overwrite.isInstance(again(new Overwrite(1))))
    assert.instanceOf(again(new DeltaSnapshot(1)), DeltaSnapshot)
  })

  it("that only look like it are data", () => {
    for (const value of [
      { lg_name: "Send", node: "x", args: 1 },
      { lg_name: "DeltaSnapshot", value: 1 },
      {
        lc: 1,
        type: "constructor",
        id: ["langchain_core", "messages", "HumanMessage"],
        kwargs: { content: "x" }
      },
      { lc: 2, type: "constructor", id: ["Set"], args: [[1]] },
      { lc_serializable: true, lc_id: ["langchain_core", "messages", "AIMessage"], lc_kwargs: {} },
      { __lc_escaped__: { lc: 1 } }
    ]) {
      assert.strictEqual(text(value), JSON.stringify(value))
      deepStrictEqual(again(value), value)
    }
  })

  it("of a class that is not known are data too", () => {
    class Other {
      readonly lg_name = "Other"
    }
    deepStrictEqual(again(new Other()), { lg_name: "Other" })
  })
})

describe("a class of the user's own", () => {
  class Note extends HumanMessage {
    readonly colour: unknown
    constructor(fields: { readonly content: string; readonly colour?: unknown }) {
      super(fields)
      this.colour = fields.colour
    }
    static override lc_name() {
      return "Note"
    }
  }
  const allowing = objects({ allow: [Note] })
  const note = new Note({ content: "x", colour: { fooURL: 1n } })

  it("is refused by name until it is allowed, before anything is written", () => {
    const error = refused({ messages: [note] })
    assert.deepStrictEqual(
      [error.path, error.reason, error.what],
      ["/messages/0", "unknown-class", "langchain_core/messages/Note"]
    )
    assert.include(error.message, "allowed")
  })

  it("comes back once it is allowed, and is refused where it no longer is", () => {
    deepStrictEqual(again(note, allowing), note)
    const error = unreadable(text([note], allowing))
    assert.deepStrictEqual([error.path, error.reason, error.what], ["/0", "unknown-class", "allowed/Note"])
  })

  it("does not come to the place of LangChain's own", () => {
    class Fake extends messages.BaseMessage {
      readonly type = "human"
      static override lc_name() {
        return "HumanMessage"
      }
    }
    const allowing = objects({ allow: [Fake] })
    const [own, theirs] = again([new Fake("x"), new HumanMessage("x")], allowing) as Array<object>
    assert.strictEqual(Object.getPrototypeOf(own), Fake.prototype)
    assert.strictEqual(Object.getPrototypeOf(theirs), HumanMessage.prototype)
  })

  it("shares its name with no other: neither of two is taken", () => {
    const first = Note
    const second = class Note extends HumanMessage {}
    const both = objects({ allow: [first, second] })
    assert.strictEqual(refused(note, both).reason, "unknown-class")
    assert.strictEqual(refused(new second("x"), both).reason, "unknown-class")
    deepStrictEqual(again(new second("x"), objects({ allow: [second] })), new second("x"))
  })

  it("gives what it says in lc_attributes, its parent's too", () => {
    class Base extends Serializable {
      override lc_serializable = true
      lc_namespace = ["mine"]
      readonly made: unknown
      constructor(fields: { readonly given?: unknown; readonly made?: unknown }) {
        super(fields)
        this.made = fields.made ?? [fields.given]
      }
      override get lc_attributes(): Record<string, unknown> | undefined {
        return { made: this.made }
      }
    }
    class Child extends Base {
      override get lc_attributes() {
        return undefined
      }
    }
    const read = again(new Child({ given: 1 }), objects({ allow: [Child] }))
    assert.instanceOf(read, Child)
    deepStrictEqual(Reflect.get(Object(read), "lc_kwargs"), { given: 1, made: [1] })
  })

  it("may not hold a secret, wherever it has it from", () => {
    class Model extends Serializable {
      override lc_serializable = true
      lc_namespace = ["mine"]
      readonly apiKey: unknown
      readonly client: unknown
      constructor(fields: {
        readonly apiKey?: string
        readonly client?: unknown
        readonly key?: string
        readonly password?: string
      }) {
        super(fields)
        this.apiKey = fields.apiKey ?? fields.key
        this.client = fields.client
      }
      override get lc_secrets() {
        return { apiKey: "MINE_API_KEY", "client.token": "MINE_TOKEN", password: "MINE_PASSWORD" }
      }
    }
    const secret = "sk-do-not-write"
    for (const model of [
      new Model({ apiKey: secret }),
      new Model({ key: secret }),
      new Model({ client: { token: secret } }),
      new Model({ password: secret })
    ]) {
      // LangChain does not write it either
      assert.include(JSON.stringify(model), '"type":"secret"')
      const error = refused({ a: [model] }, objects({ allow: [Model] }))
      assert.deepStrictEqual([error.path, error.reason, error.what], ["/a/0", "secret", "mine/Model"])
      assert.notInclude(`${error.message} ${JSON.stringify(error)}`, secret)
    }
    deepStrictEqual(again(new Model({}), objects({ allow: [Model] })), new Model({}))
  })

  it("that says that it cannot be stored is refused, even where it is allowed", () => {
    class Silent extends Serializable {
      lc_namespace = ["mine"]
    }
    assert.strictEqual(refused(new Silent({}), objects({ allow: [Silent] })).reason, "unknown-class")
    const tool = new DynamicTool({ name: "t", description: "d", func: async () => "x" })
    assert.deepStrictEqual(
      [refused({ tools: [tool] }).path, refused({ tools: [tool] }).reason],
      ["/tools/0", "unknown-class"]
    )
  })
})

describe("what is read", () => {
  it("makes no object that is not on the list", () => {
    for (const name of [
      "langchain_core/tools/DynamicTool",
      "langchain_core/messages/BaseMessage",
      "langchain/llms/openai/OpenAI",
      "constructor",
      "__proto__",
      "langgraph/constructor",
      "allowed/Note"
    ]) {
      const error = unreadable(JSON.stringify({ a: { $t: `:${name}`, v: { content: "x" } } }))
      assert.deepStrictEqual([error.path, error.reason, error.what], ["/a", "unknown-class", name])
    }
  })

  it("is a typed error where the content is none", () => {
    for (const stored of [
      '{"$t":":langchain_core/messages/HumanMessage","v":"x"}',
      '{"$t":":langchain_core/messages/HumanMessage","v":[{}]}',
      '{"$t":":langchain_core/messages/HumanMessage","v":null}',
      '{"$t":":langchain_core/messages/AIMessage","v":{"content":null,"contentBlocks":5,"tool_calls":7}}',
      '{"$t":":langchain_core/documents/Document","v":{"pageContent":1}}',
      '{"$t":":langchain_core/documents/Document","v":[]}',
      '{"$t":":langgraph/Send","v":1}',
      '{"$t":":langgraph/Command","v":[]}'
    ])
      assert.strictEqual(unreadable(stored).reason, "malformed", stored)
  })

  it("sets no prototype", () => {
    for (const name of ["langchain_core/messages/HumanMessage", "langchain_core/documents/Document"]) {
      const stored = `{"$t":":${name}","v":{"content":"x","pageContent":"x","__proto__":{"admin":true}}}`
      const made = Object(Either.getOrThrow(read({ encoding: 1, text: stored }, objects())))
      assert.isUndefined(made.admin)
      assert.isUndefined(Reflect.get({}, "admin"))
    }
  })
})
