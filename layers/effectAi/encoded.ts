/** Requests to a model of @effect/ai, its answers and its errors, as JSON. */
import * as AiError from "@effect/ai/AiError"
import type * as LanguageModel from "@effect/ai/LanguageModel"
import * as Prompt from "@effect/ai/Prompt"
import * as Tool from "@effect/ai/Tool"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as JSONSchema from "effect/JSONSchema"
import * as Schema from "effect/Schema"
import type { Hash } from "../../src/domain/Hash.js"
import type { JsonObject } from "../../src/domain/Json.js"
import { digestOf } from "../../src/replay/nodeKey.js"

type Method = "generateText" | "generateObject" | "streamText"

const malformed =
  (method: Method) =>
  (description: string): AiError.AiError =>
    new AiError.MalformedInput({ module: "RecordedModel", method, description })

/** Fields that are undefined are left out, bytes become base64. */
export const toJson = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, each: unknown) =>
      each instanceof Uint8Array ? Buffer.from(each).toString("base64") : each
    )
  )

/** What a tool is to the model. */
const toolOf = (tool: Tool.Any): unknown =>
  Tool.isProviderDefined(tool)
    ? { id: tool.id, name: tool.name, args: tool.args }
    : {
        name: tool.name,
        description: tool.description,
        parameters: JSONSchema.make(Schema.make(tool.parametersSchema.ast))
      }

/** What is asked of a model, and the digest that it is known by. */
export interface Asked {
  readonly name: string
  readonly request: JsonObject
  readonly key: Hash
}

/** `about` is what decides the answer and the request does not tell. */
export const describe = (
  method: Method,
  about: JsonObject,
  { prompt, responseFormat, toolChoice, tools }: LanguageModel.ProviderOptions
): Effect.Effect<Asked, AiError.AiError> =>
  Effect.gen(function* () {
    const encoded = yield* Effect.mapError(Schema.encode(Prompt.Prompt)(prompt), ({ message }) =>
      malformed(method)(message)
    )
    const format = yield* Effect.try({
      try: () =>
        responseFormat.type === "text"
          ? responseFormat
          : {
              type: "json",
              name: responseFormat.objectName,
              schema: JSONSchema.make(Schema.make(responseFormat.schema.ast))
            },
      catch: () => malformed(method)("the schema of the object has no JSON Schema")
    })
    const request = yield* Effect.try({
      // an object becomes one
      try: () =>
        toJson({ ...about, prompt: encoded, tools: tools.map(toolOf), toolChoice, format }) as JsonObject,
      catch: () => malformed(method)("the request cannot be written as JSON")
    })
    const name = `LanguageModel.${method}`
    const key = yield* Either.mapLeft(digestOf({ name, request }), ({ path, reason }) =>
      malformed(method)(`${path} ${reason}`)
    )
    return { name, request, key }
  })

type EncodedError = typeof AiError.AiError.Encoded & { readonly cause?: unknown }
const encodeError = Schema.encodeSync(AiError.AiError)
const decodeError = Schema.decodeUnknownSync(AiError.AiError)

/** An error without headers, in which keys stand, and without its cause, in which anything may. */
export const fromError = (error: AiError.AiError): unknown => {
  const { cause: _, ...encoded }: EncodedError = encodeError(error)
  return toJson({
    ...encoded,
    ...("request" in encoded ? { request: { ...encoded.request, headers: {}, urlParams: [] } } : {}),
    ...("response" in encoded ? { response: { ...encoded.response, headers: {} } } : {})
  })
}

/** Back. What was recorded was made by `fromError`. */
export const toError = (recorded: unknown): AiError.AiError => decodeError(recorded)
