/**
 * A request as its provider's prefix cache sees it, read from the body that a client sent: what it holds in the order in which the
 * provider reads it. Bodies are read as the providers' references describe them (docs/decisions/0030); of one that goes on from
 * what the provider has kept, or holds more than text, nobody can tell what is in front, or how long it is.
 */
import * as Either from "effect/Either"
import type { JsonObject } from "../../domain/Json.js"
import type { ProviderRequest, RequestBlock, RequestMark } from "../../domain/ProviderRequest.js"
import { canonicalJson } from "../canonical.js"
import { sha256 } from "../digest.js"
import { tokens } from "./tokens.js"

/** The interfaces whose bodies can be read, by the end of their addresses. */
export const chatApis = ["messages", "responses", "chat/completions"] as const
export type ChatApi = (typeof chatApis)[number]

/** One thing in a request. `text` is told apart by the cache, `mark` ends a prefix that is to be kept. */
interface Part extends Pick<RequestBlock, "part" | "name"> {
  readonly text: string
  readonly mark: RequestMark["ttl"] | undefined
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const listOf = (value: unknown): ReadonlyArray<JsonObject> =>
  Array.isArray(value) ? value.filter(isObject) : []

/** Marks of Anthropic live for five minutes unless they say an hour; OpenAI's for thirty. */
const markOf = (value: JsonObject): RequestMark["ttl"] | undefined => {
  const { cache_control: anthropic, prompt_cache_breakpoint: openai } = value
  if (isObject(anthropic)) return anthropic["ttl"] === "1h" ? "1h" : "5m"
  return isObject(openai) ? "30m" : undefined
}

/** Pictures, sound and documents are not as many tokens as they have characters. */
const hasOnlyText = ({ content, type }: JsonObject): boolean =>
  (typeof type !== "string" || !/image|audio|file|document|video|container_upload/.test(type)) &&
  listOf(content).every(hasOnlyText)

const canonical = (value: unknown): string =>
  Either.getOrElse(canonicalJson(value), () => JSON.stringify(value))

const bare = ({ cache_control: _, prompt_cache_breakpoint: __, ...rest }: JsonObject): JsonObject => rest

/** Undefined where it is not known how long it is. */
const partOf = (value: JsonObject, rest: Pick<Part, "part" | "name">, role = ""): Part | undefined =>
  hasOnlyText(value) ? { ...rest, text: `${role}:${canonical(bare(value))}`, mark: markOf(value) } : undefined

/** What a role says: a text is the same as a list with one text in it. */
const contentOf = (
  content: unknown,
  rest: Pick<Part, "part" | "name">,
  role: string
): ReadonlyArray<Part | undefined> =>
  typeof content === "string"
    ? [partOf({ type: "text", text: content }, rest, role)]
    : listOf(content).map((each) => partOf(each, rest, role))

const nameOf = (tool: JsonObject): Pick<Part, "name"> => {
  const { function: inner, name = isObject(inner) ? inner["name"] : undefined } = tool
  return typeof name === "string" ? { name } : {}
}

const toolsOf = ({ tools }: JsonObject): ReadonlyArray<Part | undefined> =>
  // what a tool is for is no content, whatever its type is called
  listOf(tools).map((tool) => ({
    ...nameOf(tool),
    part: "tools",
    text: `tool:${canonical(bare(tool))}`,
    mark: markOf(tool)
  }))

/** Messages, or items that are none; those of the system count as such while nobody else has spoken. */
const turnsOf = (items: ReadonlyArray<JsonObject>, name: string): ReadonlyArray<Part | undefined> => {
  const isSystem = ({ role }: JsonObject): boolean => role === "system" || role === "developer"
  const first = items.findIndex((item) => !isSystem(item))
  return items.flatMap((item, i) => {
    const { content, role, type: _, ...more } = item
    if (typeof role !== "string") return [partOf(item, { part: "messages" })]
    const place =
      first === -1 || i < first ? ({ part: "system", name } as const) : ({ part: "messages" } as const)
    const rest = bare(more)
    return [
      ...contentOf(content, place, role),
      ...(Object.keys(rest).length === 0 ? [] : [partOf(rest, place, role)])
    ]
  })
}

const partsOf = (api: ChatApi, body: JsonObject, name: string): ReadonlyArray<Part | undefined> => {
  const tools = toolsOf(body)
  switch (api) {
    case "messages":
      return [
        ...tools,
        ...contentOf(body["system"], { part: "system", name }, "system"),
        ...turnsOf(listOf(body["messages"]), name)
      ]
    case "chat/completions":
      return [...tools, ...turnsOf(listOf(body["messages"]), name)]
    case "responses": {
      const { input, instructions } = body
      return [
        ...tools,
        ...contentOf(instructions, { part: "system", name }, "instructions"),
        ...turnsOf(typeof input === "string" ? [{ role: "user", content: input }] : listOf(input), name)
      ]
    }
  }
}

/** What of a conversation is kept by the provider and not sent. */
const continuations = ["previous_response_id", "conversation", "prompt", "container"]

/** What a cache tells apart beside what it reads: Anthropic's guide and OpenAI's diagnostics name these. */
const parametersOf = (api: ChatApi, body: JsonObject): Pick<ProviderRequest, "parameters"> => {
  const { reasoning, reasoning_effort, response_format, text, thinking, tool_choice, verbosity } = body
  const told =
    api === "messages"
      ? [thinking, tool_choice]
      : api === "responses"
        ? [
            isObject(reasoning) ? reasoning["effort"] : undefined,
            ...(isObject(text) ? [text["format"], text["verbosity"]] : [])
          ]
        : [reasoning_effort, response_format, verbosity]
  const some = told.map((each) => each ?? null)
  return some.every((each) => each === null) ? {} : { parameters: sha256(canonical(some)) }
}

const modeOf = (api: ChatApi, body: JsonObject, isMarked: boolean): ProviderRequest["mode"] => {
  const { prompt_cache_options: options } = body
  const byMarks = api === "messages" || (isObject(options) && options["mode"] === "explicit")
  return byMarks ? (isMarked ? "breakpoints" : "none") : "automatic"
}

/**
 * Undefined where it cannot be told. Tokens are in the ratio of the parts' bytes, four to a token, as OpenAI counts by the thumb: they are
 * what a whole that was counted is shared by. `name` names the system's parts.
 */
export const requestOfBody = (
  api: ChatApi,
  body: JsonObject,
  name: string,
  sent: Pick<ProviderRequest, "sentAt" | "readableAt" | "provider" | "model" | "scope">
): ProviderRequest | undefined => {
  if (continuations.some((each) => (body[each] ?? null) !== null)) return undefined
  const parts: Array<Part> = []
  for (const part of partsOf(api, body, name)) {
    if (part === undefined) return undefined
    parts.push(part)
  }
  // a mark of the whole request is one at its end
  const atEnd = markOf({ cache_control: body["cache_control"] })
  const marks = parts.flatMap(({ mark }, block): ReadonlyArray<RequestMark> => {
    const ttl = mark ?? (block === parts.length - 1 ? atEnd : undefined)
    return ttl === undefined ? [] : [{ block, ttl }]
  })
  const routingKey = body["prompt_cache_key"]
  return {
    ...sent,
    ...(typeof routingKey === "string" ? { routingKey } : {}),
    ...parametersOf(api, body),
    mode: modeOf(api, body, marks.length > 0),
    blocks: parts.map(({ mark: _, text, ...rest }) => ({
      ...rest,
      hash: sha256(text.toWellFormed()),
      tokens: tokens(Math.ceil(Buffer.byteLength(text) / 4))
    })),
    marks
  }
}
