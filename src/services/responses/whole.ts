/**
 * Which answers are kept: those that are whole and good. An error, a refusal, an answer that is still being worked on and a stream
 * without its end are not: who asks again may fare better.
 */

/** What stands in an answer, at any depth, where the model or its provider refused. */
const refusals: Readonly<Record<string, (value: unknown) => boolean>> = {
  stop_reason: (value) => value === "refusal",
  finish_reason: (value) => value === "content_filter",
  finishReason: (value) => typeof value === "string" && /SAFETY|RECITATION|PROHIBITED|BLOCK|SPII/.test(value),
  blockReason: (value) => value !== null,
  refusal: (value) => typeof value === "string" && value !== "",
  reason: (value) => value === "content_filter",
  type: (value) => typeof value === "string" && /^(response\.)?refusal(\.|$)/.test(value)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const refuses = (document: unknown): boolean => {
  const rest: Array<unknown> = [document]
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (!isObject(value)) continue
    for (const [name, each] of Object.entries(value)) {
      if (refusals[name]?.(each) === true) return true
      if (isObject(each)) rest.push(each)
    }
  }
  return false
}

const unfinished = new Set(["failed", "cancelled", "queued", "in_progress"])

/** Whether a body, or the response that an event of OpenAI tells of, has failed or not ended. */
const fails = (body: unknown): boolean =>
  isObject(body) &&
  ((body["error"] ?? undefined) !== undefined ||
    body["type"] === "error" ||
    body["type"] === "response.failed" ||
    (body["object"] === "response" && unfinished.has(String(body["status"]))))

/** The last that a stream says, by its provider. */
const isLast = (event: unknown): boolean =>
  isObject(event) &&
  (event["type"] === "message_stop" ||
    event["type"] === "response.completed" ||
    event["type"] === "response.incomplete" ||
    // llama.cpp's own stream; Gemini's
    event["stop"] === true ||
    (Array.isArray(event["candidates"]) &&
      event["candidates"].some((each) => isObject(each) && typeof each["finishReason"] === "string")))

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isWholeStream = (text: string): boolean => {
  let ended = false
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (!line.startsWith("data:")) continue
    const data = line.slice("data:".length).trim()
    if (data === "[DONE]") {
      ended = true
      continue
    }
    const event = parsed(data)
    if (event === undefined || fails(event) || refuses(event)) return false
    ended ||= isLast(event)
  }
  return ended
}

/** Whether an answer may be given again. `cut`: it ended before its reader, or its sender, was done. */
export const isWhole = (answer: {
  readonly status: number
  readonly type: string
  readonly text: string
  readonly cut: boolean
}): boolean => {
  if (answer.status !== 200) return false
  if (answer.type.startsWith("text/event-stream")) return isWholeStream(answer.text)
  const body = answer.cut ? undefined : parsed(answer.text)
  return body !== undefined && !fails(body) && !refuses(body)
}
