/** What a provider said of an answer, read from the frames in which it was recorded. */
import type * as Option from "effect/Option"
import type { Usage } from "../../domain/Usage.js"
import type { Provider } from "../../domain/Provider.js"
import { fromAnthropic, fromChat, fromResponses, overwrite } from "../../telemetry/usage.js"
import type { Step } from "../../replay/Recording.js"

export interface Answered {
  readonly model: string
  /** None where the provider did not say. */
  readonly usage: Option.Option<Usage>
  /** Why it ended, in the provider's word; undefined where it did not say, as one that broke off. */
  readonly finishReason: string | undefined
  /** Who speaks like this; undefined where several do. */
  readonly provider: Provider | undefined
}

type Json = Readonly<Record<string, unknown>>

const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)
const inside = (value: Json, name: string): Json => {
  const found = value[name]
  return isJson(found) ? found : {}
}
const parsed = (text: string): ReadonlyArray<Json> => {
  try {
    const value: unknown = JSON.parse(text)
    return isJson(value) ? [value] : []
  } catch {
    return []
  }
}

/** The JSON of a body: one value, or one in each event of a stream. */
const valuesIn = (text: string): ReadonlyArray<Json> =>
  /^(?:event|data|id|retry|:)/.test(text)
    ? text
        .split(/\r?\n/)
        .flatMap((line) => (line.startsWith("data:") ? parsed(line.slice("data:".length)) : []))
    : parsed(text)

/** What the last value says that says it. */
const last = (values: ReadonlyArray<Json>, name: string): unknown =>
  values.findLast((value) => (value[name] ?? null) !== null)?.[name]

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

const modelIn = (values: ReadonlyArray<Json>): string => {
  return text(last(values, "model")) ?? ""
}

/** A stream tells of a response again and again; only one that is asked for in the background may end with it not done. */
const statusIn = (responses: ReadonlyArray<Json>): string | undefined => {
  const status = text(last(responses, "status"))
  return responses.length > 1 && status === "in_progress" ? undefined : status
}

const choicesIn = ({ choices }: Json): ReadonlyArray<Json> =>
  Array.isArray(choices) ? choices.filter(isJson) : []

const readers: ReadonlyArray<(values: ReadonlyArray<Json>) => Answered | undefined> = [
  (values) => {
    const messages = values.flatMap((value) =>
      value["type"] === "message"
        ? [value]
        : value["type"] === "message_start"
          ? [inside(value, "message")]
          : []
    )
    if (messages.length === 0) return undefined
    const deltas = values.filter((value) => value["type"] === "message_delta")
    const counters = [...messages, ...deltas].map((value) => value["usage"]).reduce(overwrite, {})
    const ends = [...messages, ...deltas.map((value) => inside(value, "delta"))]
    return {
      model: modelIn(messages),
      usage: fromAnthropic(counters),
      finishReason: text(last(ends, "stop_reason")),
      provider: "anthropic"
    }
  },
  (values) => {
    const responses = values.flatMap((value) =>
      value["object"] === "response" ? [value] : isJson(value["response"]) ? [value["response"]] : []
    )
    return responses.length === 0
      ? undefined
      : {
          model: modelIn(responses),
          usage: fromResponses(last(responses, "usage")),
          finishReason: statusIn(responses),
          provider: "openai"
        }
  },
  (values) => {
    const chat = values.filter(({ object }) => String(object).startsWith("chat.completion"))
    return chat.length === 0
      ? undefined
      : {
          model: modelIn(chat),
          usage: fromChat(last(chat, "usage"), last(chat, "timings")),
          finishReason: text(last(chat.flatMap(choicesIn), "finish_reason")),
          provider: undefined
        }
  }
]

/** Undefined where it is no answer of a provider that is known. */
export const answeredIn = ({ kind, outcome }: Pick<Step, "kind" | "outcome">): Answered | undefined => {
  if (kind !== "fetch" || outcome._tag !== "done" || !isJson(outcome.value)) return undefined
  const { frames } = outcome.value
  if (!Array.isArray(frames)) return undefined
  const body = Buffer.concat(frames.map((frame) => Buffer.from(String(frame), "base64"))).toString()
  const values = valuesIn(body)
  for (const read of readers) {
    const answered = read(values)
    if (answered !== undefined) return answered
  }
  return undefined
}
