/** SGLang: chat completions; a tenant's prefixes are kept apart by salt. */
import { saltedChat, sgLangFormat } from "../../src/prompt/render/chat.js"
import { makeLocalAdapter, type LocalSpec } from "./localAdapter.js"

export const spec: LocalSpec = {
  provider: "sglang",
  baseUrl: "sglangBaseUrl",
  format: sgLangFormat,
  request: saltedChat
}

export const make = makeLocalAdapter(spec)
