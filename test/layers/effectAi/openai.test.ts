/** @effect/ai-openai over the run's network: its requests are recorded, whoever wraps the model or not. */
import * as LanguageModel from "@effect/ai/LanguageModel"
import * as OpenAiClient from "@effect/ai-openai/OpenAiClient"
import * as OpenAiLanguageModel from "@effect/ai-openai/OpenAiLanguageModel"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { layer as httpClient } from "../../../layers/effectAi/HttpClientFetch.js"
import { layer as recordedModel } from "../../../layers/effectAi/RecordedModel.js"
import * as AegisConfig from "../../../src/services/AegisConfig.js"
import { layer as recorder, Recorder, type RecorderOptions } from "../../../src/services/Recorder.js"
import { layer as responses } from "../../../src/services/Responses.js"
import { layerMemory as responsesMemory } from "../../../src/services/ResponseStore.js"
import { fakeOpenAi } from "../../support/fakes/index.js"
import { storesInMemory } from "../../replay/support/stores.js"

const modelAt = (url: string): Layer.Layer<LanguageModel.LanguageModel> =>
  OpenAiLanguageModel.layer({ model: "gpt-5.6" }).pipe(
    Layer.provide(OpenAiClient.layer({ apiKey: Redacted.make("hunter2"), apiUrl: `${url}/v1` })),
    Layer.provide(httpClient)
  )

const ask = Effect.gen(function* () {
  const whole = yield* LanguageModel.generateText({ prompt: "How do I rotate a key?" })
  const parts = yield* LanguageModel.streamText({ prompt: "How do I rotate a key?" }).pipe(
    Stream.filterMap((part) => (part.type === "text-delta" ? Option.some(part.delta) : Option.none())),
    Stream.runCollect
  )
  return { whole: whole.text, tokens: whole.usage.inputTokens ?? -1, parts: [...parts] }
})

const inRun = (options: RecorderOptions) =>
  Effect.flatMap(Recorder, ({ run }) => run("ask", {}, ask)).pipe(Effect.provide(recorder(options)))

describe("a model of OpenAI", () => {
  it.scopedLive.each([
    ["by its network", (model: Layer.Layer<LanguageModel.LanguageModel>) => model],
    [
      "by its answers",
      (model: Layer.Layer<LanguageModel.LanguageModel>) => Layer.provide(recordedModel(), model)
    ]
  ] as const)("is recorded and replayed without it, %s", ([, wrapped]) =>
    Effect.gen(function* () {
      const fake = yield* fakeOpenAi({ key: "hunter2" })
      const recorded = yield* inRun({ mode: "record" }).pipe(Effect.provide(wrapped(modelAt(fake.url))))
      const asked = fake.requests.length
      assert.strictEqual(asked, 2)
      assert.isAbove(recorded.value.parts.length, 1)
      assert.strictEqual(recorded.value.parts.join(""), recorded.value.whole)
      const recording = Option.getOrThrow(recorded.recording)
      const replayed = yield* inRun({ mode: "strict", recording }).pipe(
        Effect.provide(wrapped(modelAt(fake.url)))
      )
      assert.deepStrictEqual(replayed.value, recorded.value)
      assert.strictEqual(fake.requests.length, asked)
      assert.isTrue(replayed.verdicts.every(({ verdict }) => verdict === "IDENTICAL"))
    }).pipe(Effect.provide(storesInMemory))
  )

  it.scopedLive("is asked once by programs that keep answers", () =>
    Effect.gen(function* () {
      const fake = yield* fakeOpenAi({ key: "hunter2" })
      const program = ask.pipe(Effect.provide(modelAt(fake.url)))
      assert.deepStrictEqual(yield* program, yield* program)
      assert.strictEqual(fake.requests.length, 2)
    }).pipe(
      Effect.provide(
        responses().pipe(Layer.provide(Layer.merge(responsesMemory, Layer.orDie(AegisConfig.layer("/", {})))))
      )
    )
  )
})
