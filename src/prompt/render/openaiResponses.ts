/** Requests to OpenAI Responses. */
import type { Responses } from "openai/resources/responses/responses"
import type { RequestParts } from "./request.js"

export const openAiFormat = "openai.responses/v1"

/**
 * Stable text goes into a developer message: marks are not allowed on `instructions`. A model that takes marks is
 * always told to keep marked prefixes only; by itself it would also write, at 1.25 times the price, the whole prompt of
 * each call. `store` is false: nothing reads the copy that OpenAI would keep for 30 days.
 */
export const openAiResponses = (parts: RequestParts): Responses.ResponseCreateParamsNonStreaming => {
  const marked = new Set(parts.breakpoints.map(({ block }) => block))
  const inputText = (text: string, block: number): Responses.ResponseInputText => ({
    type: "input_text",
    text,
    ...(marked.has(block) ? { prompt_cache_breakpoint: { mode: "explicit" } } : {})
  })
  const developer = parts.system.map(inputText)
  const user = parts.user.map((text, i) => inputText(text, developer.length + i))
  return {
    model: parts.model,
    store: false,
    input: [
      ...(developer.length === 0 ? [] : [{ role: "developer", content: developer } as const]),
      { role: "user", content: user }
    ],
    ...(parts.prefixKey === undefined ? {} : { prompt_cache_key: parts.prefixKey }),
    ...(parts.facts.caching === "marked" ? { prompt_cache_options: { mode: "explicit", ttl: "30m" } } : {}),
    ...(parts.sampling.temperature === undefined ? {} : { temperature: parts.sampling.temperature })
  }
}
