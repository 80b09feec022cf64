/** Programs that make their own clients with the run's `fetch`: recorded, and replayed with the network refused. */
import Anthropic from "@anthropic-ai/sdk"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import OpenAI from "openai"
import { Fetch } from "../../src/services/Fetch.js"
import { layer as recorder, Recorder, type RecorderOptions } from "../../src/services/Recorder.js"
import type { Fake } from "../support/fakes/index.js"
import { toolServer } from "./support/toolServer.js"
import { storesInMemory } from "./support/stores.js"

const key = "hunter2"

/** What a program does with an SDK: whatever it comes to is JSON. */
interface Sdk {
  /** Asks with a tool, calls it, and asks again with what it answered. */
  readonly whole: () => Promise<unknown>
  /** The same as streams: every piece. */
  readonly streamed: () => Promise<unknown>
  /** Reads the first piece of a stream, and goes. */
  readonly firstPiece: () => Promise<unknown>
  /** Asks for a whole answer, or a stream, until the signal. The name of what it fails with. */
  readonly aborted: (stream: boolean, signal: AbortSignal) => Promise<string>
  /** Asks for a whole answer, and says how it failed. */
  readonly status: () => Promise<unknown>
}

const failure = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => "none",
    (error: unknown) => (error instanceof Error ? error.constructor.name : "something else")
  )

const weather = (args: unknown): string => `rain, for ${JSON.stringify(args)}`

const openai = (url: string, fetch: typeof globalThis.fetch): Sdk => {
  const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, fetch, maxRetries: 2, logLevel: "off" })
  const user = { role: "user" as const, content: "What is the weather?" }
  const tools = [{ type: "function" as const, function: { name: "weather", parameters: { type: "object" } } }]
  const body = { model: "m", messages: [user], tools }
  return {
    whole: async () => {
      const first = await client.chat.completions.create(body)
      const call = first.choices[0]?.message.tool_calls?.[0]
      if (call?.type !== "function") return first
      const content = weather(JSON.parse(call.function.arguments))
      const second = await client.chat.completions.create({
        ...body,
        messages: [
          user,
          { role: "assistant", tool_calls: [call] },
          { role: "tool", tool_call_id: call.id, content }
        ]
      })
      return [content, second.choices[0]?.message.content]
    },
    streamed: async () => {
      const pieces: Array<unknown> = []
      for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) {
        pieces.push(chunk.choices[0]?.delta)
      }
      return pieces
    },
    firstPiece: async () => {
      for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) {
        return chunk.choices
      }
      return undefined
    },
    aborted: (stream, signal) =>
      failure(
        stream
          ? client.chat.completions.create({ ...body, stream }, { signal }).then(async (events) => {
              for await (const event of events) void event
            })
          : client.chat.completions.create({ ...body, stream }, { signal })
      ),
    status: () =>
      client.chat.completions.create(body).then(
        () => 200,
        (error: unknown) => (error instanceof OpenAI.APIError ? error.status : "none")
      )
  }
}

const anthropic = (url: string, fetch: typeof globalThis.fetch): Sdk => {
  const client = new Anthropic({ apiKey: key, baseURL: url, fetch, maxRetries: 2, logLevel: "off" })
  const user = { role: "user" as const, content: "What is the weather?" }
  const tools = [{ name: "weather", input_schema: { type: "object" as const } }]
  const body = { model: "m", max_tokens: 100, messages: [user], tools }
  return {
    whole: async () => {
      const first = await client.messages.create(body)
      const call = first.content[0]
      if (call?.type !== "tool_use") return first
      const content = weather(call.input)
      const second = await client.messages.create({
        ...body,
        messages: [
          user,
          { role: "assistant", content: first.content },
          { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content }] }
        ]
      })
      return [content, second.content]
    },
    streamed: async () => {
      const pieces: Array<unknown> = []
      for await (const event of await client.messages.create({ ...body, stream: true })) pieces.push(event)
      return pieces
    },
    firstPiece: async () => {
      for await (const event of await client.messages.create({ ...body, stream: true })) return event
      return undefined
    },
    aborted: (stream, signal) =>
      failure(
        stream
          ? client.messages.create({ ...body, stream }, { signal }).then(async (events) => {
              for await (const event of events) void event
            })
          : client.messages.create({ ...body, stream }, { signal })
      ),
    status: () =>
      client.messages.create(body).then(
        () => 200,
        (error: unknown) => (error instanceof Anthropic.APIError ? error.status : "none")
      )
  }
}

/** Around globalThis.fetch: nothing may go out. */
const refused = Effect.provideService(Fetch, {
  current: Effect.succeed(() => Promise.reject(new Error("the network is refused"))),
  offline: false
})

describe.each([
  ["openai", openai],
  ["@anthropic-ai/sdk", anthropic]
] as const)("a client of %s", (_, make) => {
  const inRun = (options: RecorderOptions, fake: Fake, program: (sdk: Sdk) => Promise<unknown>) =>
    Effect.flatMap(Recorder, ({ node, run }) =>
      run(
        "sdk",
        {},
        node("module", "asks", {}, () =>
          Effect.flatMap(Fetch.current, (fetch) =>
            // what SDKs give has fields that are undefined
            Effect.promise(
              async () => JSON.parse(JSON.stringify(await program(make(fake.url, fetch)))) as unknown
            )
          )
        ).pipe(Effect.map(({ value }) => value))
      )
    ).pipe(Effect.provide(recorder(options)))

  /** What the program came to, having asked how often; replayed, it must come to the same and ask nobody. */
  const twice = (fake: Fake, program: (sdk: Sdk) => Promise<unknown>) =>
    Effect.gen(function* () {
      const before = fake.requests.length
      const recorded = yield* inRun({ mode: "record" }, fake, program)
      const asked = fake.requests.length
      const recording = Option.getOrThrow(recorded.recording)
      const replayed = yield* refused(inRun({ mode: "strict", recording }, fake, program))
      assert.deepStrictEqual(replayed.value, recorded.value)
      assert.isTrue(replayed.verdicts.every(({ verdict }) => verdict === "IDENTICAL"))
      assert.strictEqual(fake.requests.length, asked)
      return { value: recorded.value, asked: asked - before }
    })

  it.scopedLive("is replayed with calls of tools, whole and as streams", () =>
    Effect.gen(function* () {
      const fake = yield* toolServer
      const { asked, value } = yield* twice(fake, async (sdk) => [await sdk.whole(), await sdk.streamed()])
      assert.strictEqual(asked, 3)
      assert.include(JSON.stringify(value), "It rains in Berlin.")
      assert.match(JSON.stringify(value), /tool_calls|input_json_delta/)
    }).pipe(Effect.provide(storesInMemory))
  )

  it.scopedLive("is replayed with what it tried again by itself, and as it waited", () =>
    Effect.gen(function* () {
      const fake = yield* toolServer
      const slow = { type: "rate_limit_error", message: "slow down" }
      const fault = { kind: "status", status: 429, error: slow, headers: { "retry-after-ms": "3" } } as const
      fake.script(fault, fault)
      const { asked, value } = yield* twice(fake, (sdk) => sdk.status())
      assert.deepStrictEqual([value, asked], [200, 3])
    }).pipe(Effect.provide(storesInMemory))
  )

  it.scopedLive("is replayed with what it gave up", () =>
    Effect.gen(function* () {
      const fake = yield* toolServer
      const error = { type: "overloaded_error", message: "too much" }
      const fault = { kind: "status", status: 529, error, headers: { "retry-after-ms": "1" } } as const
      fake.script(fault, fault, fault)
      const { asked, value } = yield* twice(fake, (sdk) => sdk.status())
      assert.deepStrictEqual([value, asked], [529, 3])
    }).pipe(Effect.provide(storesInMemory))
  )

  it.scopedLive("is replayed when it read only the beginning of a stream", () =>
    Effect.gen(function* () {
      const fake = yield* toolServer
      const { asked } = yield* twice(fake, (sdk) => sdk.firstPiece())
      assert.strictEqual(asked, 1)
    }).pipe(Effect.provide(storesInMemory))
  )

  it.scopedLive.each([false, true])(
    "is replayed with a request that it aborted (as a stream: %s)",
    (stream) =>
      Effect.gen(function* () {
        const fake = yield* toolServer
        fake.script({ kind: "hang", after: 1 })
        const { asked, value } = yield* twice(fake, (sdk) => sdk.aborted(stream, AbortSignal.timeout(150)))
        assert.strictEqual(asked, 1)
        // the SDK tells it as it does without a recorder
        fake.script({ kind: "hang", after: 1 })
        const plain = make(fake.url, globalThis.fetch)
        const told = yield* Effect.promise(() => plain.aborted(stream, AbortSignal.timeout(150)))
        assert.strictEqual(value, told)
      }).pipe(Effect.provide(storesInMemory))
  )

  it.scopedLive("is told by a strict replay what nobody asked before", () =>
    Effect.gen(function* () {
      const fake = yield* toolServer
      const recorded = yield* inRun({ mode: "record" }, fake, (sdk) => sdk.whole())
      const recording = Option.getOrThrow(recorded.recording)
      const asked = fake.requests.length
      const error = yield* Effect.flip(
        inRun({ mode: "strict", recording }, fake, (sdk) => sdk.streamed().catch(() => null))
      )
      assert.strictEqual(error._tag, "ReplayMiss")
      assert.strictEqual(fake.requests.length, asked)
    }).pipe(Effect.provide(storesInMemory))
  )
})
