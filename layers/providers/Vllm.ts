/** vLLM: chat completions; a tenant's prefixes are kept apart by salt. */
import { saltedChat, vllmFormat } from "../../src/prompt/render/chat.js"
import { makeLocalAdapter, type LocalSpec } from "./localAdapter.js"

export const spec: LocalSpec = {
  provider: "vllm",
  baseUrl: "vllmBaseUrl",
  format: vllmFormat,
  request: saltedChat
}

export const make = makeLocalAdapter(spec)
