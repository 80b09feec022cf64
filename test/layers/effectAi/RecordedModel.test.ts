/** Models of @effect/ai in recorded runs. */
import * as AiError from "@effect/ai/AiError"
import * as LanguageModel from "@effect/ai/LanguageModel"
import type * as Response from "@effect/ai/Response"
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { layer as recordedModel } from "../../../layers/effectAi/RecordedModel.js"
import { layer as recorder, Recorder, type RecorderOptions } from "../../../src/services/Recorder.js"
import { Recordings } from "../../../src/services/Recordings.js"
import { storesInMemory } from "../../replay/support/stores.js"

const usage = { inputTokens: 7, outputTokens: 3, totalTokens: 10 }
const finish = { type: "finish" as const, reason: "stop" as const, usage }

/** A provider that answers from a script, and counts how often it is asked. Each answer says which one it is. */
const provider = (script: {
  readonly text?: (n: number) => Array<unknown>
  readonly stream?: (n: number) => Stream.Stream<unknown, AiError.AiError>
  readonly fails?: AiError.AiError
}) => {
  const asked: Array<LanguageModel.ProviderOptions> = []
  const layer = Layer.effect(
    LanguageModel.LanguageModel,
    LanguageModel.make({
      generateText: (options) =>
        Effect.suspend(() => {
          asked.push(options)
          return script.fails === undefined
            ? Effect.succeed((script.text?.(asked.length) ?? []) as Array<Response.PartEncoded>)
            : Effect.fail(script.fails)
        }),
      streamText: (options) =>
        Stream.suspend(() => {
          asked.push(options)
          return (script.stream?.(asked.length) ?? Stream.empty) as Stream.Stream<
            Response.StreamPartEncoded,
            AiError.AiError
          >
        })
    })
  )
  return { asked, layer }
}

const spoken = (n: number): Array<unknown> => [
  { type: "response-metadata", id: `r${n}`, modelId: "m", timestamp: "2026-01-01T00:00:00.000Z" },
  { type: "reasoning", text: "hm" },
  { type: "text", text: `answer ${n}`, metadata: { p: { x: [1, null] } } },
  { type: "file", mediaType: "image/png", data: "AP8K" },
  finish
]
const deltas = (n: number): Array<unknown> => [
  { type: "text-start", id: "t" },
  ...["one ", "two ", `three ${n}`].map((delta) => ({ type: "text-delta", id: "t", delta })),
  { type: "text-end", id: "t" },
  finish
]

/** A program in a run of its own, recorded or replayed over this model. */
const inRun = <A, E, R>(
  options: RecorderOptions,
  model: Layer.Layer<LanguageModel.LanguageModel>,
  program: Effect.Effect<A, E, R>,
  about = {}
) =>
  Effect.flatMap(Recorder, ({ run }) => run("ask", {}, program)).pipe(
    Effect.provide(recordedModel({ about })),
    Effect.provide(Layer.merge(model, recorder(options)))
  )

/** The same program recorded, and replayed strictly without a model. */
const twice = <A, E, R>(model: Layer.Layer<LanguageModel.LanguageModel>, program: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const recorded = yield* inRun({ mode: "record" }, model, program)
    const recording = Option.getOrThrow(recorded.recording)
    const silent = provider({})
    const replayed = yield* inRun({ mode: "strict", recording }, silent.layer, program)
    assert.strictEqual(silent.asked.length, 0)
    assert.isTrue(replayed.verdicts.every(({ verdict }) => verdict === "IDENTICAL"))
    return { recorded: recorded.value, replayed: replayed.value, recording }
  })

/** What of an answer JSON can tell: the output of a run is JSON. */
const told = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe("a recorded model", () => {
  it.effect("is asked once for text, and its whole answer is replayed", () =>
    Effect.gen(function* () {
      const { asked, layer } = provider({ text: spoken })
      const seen: Array<unknown> = []
      const { recorded, replayed } = yield* twice(
        layer,
        Effect.map(
          Effect.all([
            LanguageModel.generateText({ prompt: "Hello" }),
            LanguageModel.generateText({ prompt: "Hello" })
          ]),
          (all) => {
            seen.push(all.map(({ content }) => content))
            return all.map((each) => [each.text, each.reasoningText, told(each.usage), each.finishReason])
          }
        )
      )
      assert.strictEqual(asked.length, 2)
      assert.deepStrictEqual(
        recorded.map(([text]) => text),
        ["answer 1", "answer 2"]
      )
      assert.deepStrictEqual(replayed, recorded)
      // also what JSON does not tell: bytes, times, classes
      assert.deepStrictEqual(seen[1], seen[0])
    }).pipe(Effect.provide(storesInMemory))
  )

  it.effect("gives objects again", () =>
    Effect.gen(function* () {
      const { asked, layer } = provider({ text: (n) => [{ type: "text", text: `{"at":"${n}"}` }, finish] })
      const schema = Schema.Struct({ at: Schema.NumberFromString })
      const { recorded, replayed } = yield* twice(
        layer,
        Effect.map(LanguageModel.generateObject({ prompt: "When?", schema }), ({ value }) => value)
      )
      assert.deepStrictEqual(recorded, { at: 1 })
      assert.deepStrictEqual(replayed, recorded)
      assert.strictEqual(asked.length, 1)
    }).pipe(Effect.provide(storesInMemory))
  )

  it.effect("streams again, part by part", () =>
    Effect.gen(function* () {
      const { asked, layer } = provider({ stream: (n) => Stream.fromIterable(deltas(n)) })
      const { recorded, replayed } = yield* twice(
        layer,
        Effect.map(Stream.runCollect(LanguageModel.streamText({ prompt: "Count" })), (parts) =>
          told(Chunk.toArray(parts))
        )
      )
      assert.strictEqual((recorded as Array<unknown>).length, 6)
      assert.deepStrictEqual(replayed, recorded)
      assert.strictEqual(asked.length, 1)
    }).pipe(Effect.provide(storesInMemory))
  )

  it.effect("gives parts on while the model is still speaking", () =>
    Effect.gen(function* () {
      const heard = yield* Deferred.make<void>()
      const { layer } = provider({
        stream: (n) =>
          Stream.concat(
            Stream.fromIterable(deltas(n).slice(0, 2)),
            // goes on once the listener has heard the beginning
            Stream.unwrap(Effect.as(Deferred.await(heard), Stream.fromIterable(deltas(n).slice(2))))
          )
      })
      const { recorded, replayed } = yield* twice(
        layer,
        LanguageModel.streamText({ prompt: "Count" }).pipe(
          Stream.tap((part) =>
            part.type === "text-delta" ? Deferred.succeed(heard, undefined) : Effect.void
          ),
          Stream.runCount
        )
      )
      assert.deepStrictEqual([recorded, replayed], [6, 6])
    }).pipe(Effect.provide(storesInMemory))
  )

  it.effect("is left when its listener has heard enough, and so it is replayed", () =>
    Effect.gen(function* () {
      let closed = 0
      const { layer } = provider({
        stream: (n) =>
          Stream.concat(Stream.fromIterable(deltas(n).slice(0, 3)), Stream.never).pipe(
            Stream.ensuring(Effect.sync(() => (closed += 1)))
          )
      })
      const { recorded, replayed } = yield* twice(
        layer,
        LanguageModel.streamText({ prompt: "Count" }).pipe(
          Stream.take(2),
          Stream.runCollect,
          Effect.map((parts) => told(Chunk.toArray(parts)))
        )
      )
      assert.deepStrictEqual(replayed, recorded)
      assert.strictEqual(closed, 1)
    }).pipe(Effect.provide(storesInMemory))
  )

  const fault = new AiError.HttpResponseError({
    module: "M",
    method: "m",
    reason: "StatusCode",
    request: {
      method: "POST",
      url: "https://model.test/v1",
      urlParams: [["key", "hunter2"]],
      hash: Option.none(),
      headers: { authorization: "hunter2" }
    },
    response: { status: 429, headers: { "set-cookie": "hunter2" } }
  })

  it.effect("fails again as it failed, and no key is kept", () =>
    Effect.gen(function* () {
      const { layer } = provider({
        fails: fault,
        stream: (n) => Stream.concat(Stream.fromIterable(deltas(n).slice(0, 2)), Stream.fail(fault))
      })
      const seen: Array<string> = []
      const { recorded, recording, replayed } = yield* twice(
        layer,
        Effect.gen(function* () {
          const error = yield* Effect.flip(LanguageModel.generateText({ prompt: "Hello" }))
          const streamed = yield* LanguageModel.streamText({ prompt: "Hello" }).pipe(
            Stream.tap((part) => Effect.sync(() => seen.push(part.type))),
            Stream.runDrain,
            Effect.flip
          )
          return [error, streamed].map((each) => [
            each._tag,
            each._tag === "HttpResponseError" ? each.response.status : 0
          ])
        })
      )
      assert.deepStrictEqual(recorded, [
        ["HttpResponseError", 429],
        ["HttpResponseError", 429]
      ])
      assert.deepStrictEqual(replayed, recorded)
      assert.deepStrictEqual(seen, ["text-start", "text-delta", "text-start", "text-delta"])
      const kept = yield* Effect.flatMap(Recordings, (recordings) => recordings.load(recording))
      assert.notInclude(JSON.stringify(kept), "hunter2")
    }).pipe(Effect.provide(storesInMemory))
  )

  it.effect("leaves tools to the program, which calls them again", () =>
    Effect.gen(function* () {
      const Dice = Tool.make("Dice", {
        description: "throws a die",
        parameters: { sides: Schema.NumberFromString },
        success: Schema.Number
      })
      let calls = 0
      const toolkit = Toolkit.make(Dice)
      const handlers = toolkit.toLayer({
        Dice: ({ sides }) => Effect.tap(Random.nextIntBetween(1, sides + 1), () => void (calls += 1))
      })
      const call = { type: "tool-call", id: "c", name: "Dice", params: { sides: "6" } }
      const { asked, layer } = provider({
        text: () => [call, finish],
        stream: () => Stream.fromIterable([call, finish])
      })
      const { recorded, replayed } = yield* twice(
        layer,
        Effect.gen(function* () {
          const { toolCalls, toolResults } = yield* LanguageModel.generateText({ prompt: "Throw", toolkit })
          const parts = yield* Stream.runCollect(LanguageModel.streamText({ prompt: "Throw", toolkit }))
          return told([toolCalls, toolResults, Chunk.toArray(parts)])
        }).pipe(Effect.provide(handlers))
      )
      assert.deepStrictEqual(replayed, recorded)
      assert.include(JSON.stringify(recorded), '"tool-result"')
      assert.strictEqual(asked.length, 2)
      assert.strictEqual(calls, 4)
    }).pipe(Effect.provide(storesInMemory))
  )

  it.effect("is not asked by a strict replay that asks for something else", () =>
    Effect.gen(function* () {
      const { asked, layer } = provider({ text: spoken, stream: (n) => Stream.fromIterable(deltas(n)) })
      const whole = (prompt: string) => Effect.asVoid(LanguageModel.generateText({ prompt }))
      const stream = (prompt: string) => Stream.runDrain(LanguageModel.streamText({ prompt }))
      for (const program of [whole, stream]) {
        const recorded = yield* inRun({ mode: "record" }, layer, program("Hello"))
        const recording = Option.getOrThrow(recorded.recording)
        const before = asked.length
        const error = yield* Effect.flip(inRun({ mode: "strict", recording }, layer, program("Hullo")))
        assert.strictEqual(error._tag, "ReplayMiss")
        assert.strictEqual(asked.length, before)
      }
    }).pipe(Effect.provide(storesInMemory))
  )

  it.effect("is asked anew for what it is told about has changed, and else not", () =>
    Effect.gen(function* () {
      const { asked, layer } = provider({ text: spoken })
      // the run itself runs again, its steps are taken
      const program = Effect.map(LanguageModel.generateText({ prompt: "Hello" }), ({ text }) => text)
      const recorded = yield* inRun({ mode: "record" }, layer, program, { model: "a" })
      const recording = Option.getOrThrow(recorded.recording)
      const overrides = { input: { changed: true } }
      const same = yield* inRun({ mode: "incremental", recording, overrides }, layer, program, { model: "a" })
      assert.deepStrictEqual([same.value, asked.length], ["answer 1", 1])
      const other = yield* inRun({ mode: "incremental", recording, overrides }, layer, program, {
        model: "b"
      })
      assert.deepStrictEqual([other.value, asked.length], ["answer 2", 2])
    }).pipe(Effect.provide(storesInMemory))
  )

  it.effect("is the model itself outside of runs", () =>
    Effect.gen(function* () {
      const { asked, layer } = provider({ text: spoken, stream: (n) => Stream.fromIterable(deltas(n)) })
      const program = Effect.all([
        LanguageModel.generateText({ prompt: "Hello" }),
        Stream.runCount(LanguageModel.streamText({ prompt: "Hello" }))
      ])
      const [whole, parts] = yield* program.pipe(Effect.provide(recordedModel()), Effect.provide(layer))
      assert.deepStrictEqual([whole.text, parts, asked.length], ["answer 1", 6, 2])
    })
  )
})
