/**
 * A model of @effect/ai whose answers are steps of a run: recorded part by part, and replayed without the model. Owns: what is asked of
 * the model, and what it answers. Does not own: tools, which the program calls again in a replay as it calls them in the recorded run.
 */
import * as AiError from "@effect/ai/AiError"
import * as LanguageModel from "@effect/ai/LanguageModel"
import * as Response from "@effect/ai/Response"
import type * as Tool from "@effect/ai/Tool"
import type * as Toolkit from "@effect/ai/Toolkit"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { JsonObject } from "../../src/domain/Json.js"
import { perform } from "../../src/services/recorder/perform.js"
import { current } from "../../src/services/recorder/Scope.js"
import { describe, fromError, toError, toJson } from "./encoded.js"
import { type Heard, isHeard, listen } from "./listen.js"

export interface RecordedModelOptions {
  /**
   * What decides the answers and a request does not tell: the model, its temperature. A replay that has other than was recorded asks
   * anew.
   */
  readonly about?: JsonObject
}

type Tools = Record<string, Tool.Any>

/** The tools as the model is told of them. It does not call them. */
const toolkitOf = (tools: ReadonlyArray<Tool.Any>): Toolkit.WithHandler<Tools> => ({
  tools: Object.fromEntries(tools.map((tool) => [tool.name, tool])),
  handle: (name) => Effect.dieMessage(`the tool ${name} is called by the program`)
})

/** A request as the model's own service takes it. */
interface Common {
  readonly prompt: LanguageModel.ProviderOptions["prompt"]
  readonly toolkit?: Toolkit.WithHandler<Tools>
  readonly toolChoice?: LanguageModel.ToolChoice<string>
  readonly disableToolCallResolution?: true
}

const commonOf = ({ prompt, toolChoice, tools }: LanguageModel.ProviderOptions): Common => ({
  prompt,
  ...(tools.length === 0
    ? {}
    : { toolkit: toolkitOf(tools), toolChoice, disableToolCallResolution: true as const })
})

const malformed =
  (method: string) =>
  (error: Parameters<typeof AiError.MalformedOutput.fromParseError>[0]["error"]): AiError.AiError =>
    AiError.MalformedOutput.fromParseError({ module: "RecordedModel", method, error })

/** A replay that has no such answer fails; the run says what is nearest. */
const missing =
  (method: string) =>
  ({ message }: { readonly message: string }): AiError.AiError =>
    new AiError.UnknownError({ module: "RecordedModel", method, description: message })

export const make = Effect.fnUntraced(function* ({ about = {} }: RecordedModelOptions) {
  const model = yield* LanguageModel.LanguageModel

  /** The whole answer, by the model itself. */
  const ask = (
    options: LanguageModel.ProviderOptions
  ): Effect.Effect<Array<Response.PartEncoded>, AiError.AiError> => {
    const { responseFormat } = options
    // where tools are not called, nothing fails but the model
    const answer: Effect.Effect<
      LanguageModel.GenerateTextResponse<Tools>,
      AiError.AiError
    > = responseFormat.type === "text"
      ? model.generateText(commonOf(options))
      : model.generateObject({
          ...commonOf(options),
          objectName: responseFormat.objectName,
          schema: responseFormat.schema as Schema.Schema<unknown, Record<string, unknown>>
        })
    const Parts = Schema.mutable(Schema.Array(Response.Part(toolkitOf(options.tools))))
    return Effect.flatMap(answer, ({ content }) =>
      Effect.mapError(Schema.encode(Parts)(content), malformed("generateText"))
    )
  }

  const listenTo = (
    options: LanguageModel.ProviderOptions
  ): Stream.Stream<Response.StreamPartEncoded, AiError.AiError> => {
    const encode = Schema.encode(Response.StreamPart(toolkitOf(options.tools)))
    return Stream.mapEffect(model.streamText(commonOf(options)), (part) =>
      Effect.mapError(encode(part), malformed("streamText"))
    )
  }

  return yield* LanguageModel.make({
    generateText: Effect.fnUntraced(function* (options) {
      const scope = yield* FiberRef.get(current)
      if (scope === undefined) return yield* ask(options)
      const method = options.responseFormat.type === "text" ? "generateText" : "generateObject"
      return yield* perform(
        scope,
        {
          kind: "tool",
          ...(yield* describe(method, about, options)),
          toOutcome: (exit: Exit.Exit<Array<Response.PartEncoded>, AiError.AiError>) =>
            Exit.match(exit, {
              onSuccess: (parts) => ({ _tag: "done" as const, value: toJson(parts) }),
              onFailure: (cause) =>
                Cause.isFailType(cause)
                  ? { _tag: "failed" as const, error: fromError(cause.error) }
                  : // a defect is none of the model's answers: it happens again
                    { _tag: "interrupted" as const }
            }),
          fromOutcome: (outcome) =>
            outcome._tag === "done"
              ? Effect.succeed(outcome.value as Array<Response.PartEncoded>) // as `toOutcome` has it
              : Effect.suspend(() => Effect.fail(toError(outcome._tag === "failed" ? outcome.error : {}))),
          reusable: ({ outcome }) => outcome._tag === "done"
        },
        ask(options),
        (miss) => Effect.fail(missing(method)(miss))
      )
    }),

    streamText: (options) =>
      Stream.unwrapScoped(
        Effect.gen(function* () {
          if ((yield* FiberRef.get(current)) === undefined) return listenTo(options)
          const asked = yield* describe("streamText", about, options)
          return yield* listen(listenTo(options), (heard) =>
            Effect.flatMap(FiberRef.get(current), (scope) =>
              scope === undefined
                ? heard
                : perform<Heard, AiError.AiError, never>(
                    scope,
                    {
                      kind: "tool",
                      ...asked,
                      toOutcome: (exit) =>
                        Exit.isSuccess(exit)
                          ? { _tag: "done", value: toJson(exit.value) }
                          : { _tag: "interrupted" },
                      fromOutcome: (outcome) =>
                        outcome._tag === "done" && isHeard(outcome.value)
                          ? Effect.succeed(outcome.value)
                          : Effect.never,
                      reusable: ({ outcome }) =>
                        outcome._tag === "done" && isHeard(outcome.value) && outcome.value.end === "whole"
                    },
                    heard,
                    (miss) => Effect.fail(missing("streamText")(miss))
                  )
            )
          )
        })
      )
  })
})

/**
 * Puts a model's answers into the recording of the run that asks; outside of runs it is the model.
 *
 * @example program.pipe(Effect.provide(layerRecordedModel({ about: { model: "gpt-5.6" } })), Effect.provide(model))
 */
export const layer = (
  options: RecordedModelOptions = {}
): Layer.Layer<LanguageModel.LanguageModel, never, LanguageModel.LanguageModel> =>
  Layer.effect(LanguageModel.LanguageModel, make(options))
