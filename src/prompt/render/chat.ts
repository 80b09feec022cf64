/** Requests to the chat completions of vLLM, SGLang and llama.cpp. */
import type { ChatCompletionCreateParamsNonStreaming } from "openai/resources/chat/completions"
import type { RequestParts } from "./request.js"

export const vllmFormat = "vllm.chat/v1"
export const sgLangFormat = "sglang.chat/v1"
export const llamaCppFormat = "llama-cpp.chat/v1"

/** What the servers take beyond OpenAI's own parameters. */
interface ServerParams {
  readonly cache_salt?: string
  readonly cache_prompt?: boolean
}

type ChatRequest = ChatCompletionCreateParamsNonStreaming & ServerParams

/** One system message and one user message: chat templates of local models know no parts. */
const chat = (parts: RequestParts, extra: ServerParams): ChatRequest => ({
  model: parts.model,
  messages: [
    ...(parts.system.length === 0 ? [] : [{ role: "system", content: parts.system.join("") } as const]),
    { role: "user", content: parts.user.join("") }
  ],
  ...parts.sampling,
  ...extra
})

/** vLLM and SGLang keep prefixes apart by salt: requests of two tenants never share one. */
export const saltedChat = (parts: RequestParts): ChatRequest =>
  chat(parts, parts.namespace === "default" ? {} : { cache_salt: parts.namespace })

/** llama.cpp keeps the prompt of a slot when asked to. It has no salt. */
export const llamaCppChat = (parts: RequestParts): ChatRequest => chat(parts, { cache_prompt: true })
