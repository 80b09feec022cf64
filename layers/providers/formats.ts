/**
 * What each built-in adapter renders, and how often that has changed. Both are part of the scaffold key, so a hit needs
 * them and nothing else of an adapter.
 */
import type { BuiltInProvider } from "../../src/domain/Provider.js"
import { anthropicFormat } from "../../src/prompt/render/anthropicMessages.js"
import { llamaCppFormat, sgLangFormat, vllmFormat } from "../../src/prompt/render/chat.js"
import { openAiFormat } from "../../src/prompt/render/openaiResponses.js"
import type { ProviderAdapter } from "../../src/services/ProviderAdapter.js"

export const formats: Readonly<Record<BuiltInProvider, Pick<ProviderAdapter, "format" | "version">>> = {
  openai: { format: openAiFormat, version: 1 },
  anthropic: { format: anthropicFormat, version: 1 },
  vllm: { format: vllmFormat, version: 1 },
  sglang: { format: sgLangFormat, version: 1 },
  "llama-cpp": { format: llamaCppFormat, version: 1 }
}
