/** llama.cpp's server: chat completions with its prompt cache on. */
import { llamaCppChat, llamaCppFormat } from "../../src/prompt/render/chat.js"
import { makeLocalAdapter, type LocalSpec } from "./localAdapter.js"

export const spec: LocalSpec = {
  provider: "llama-cpp",
  baseUrl: "llamaCppBaseUrl",
  format: llamaCppFormat,
  request: llamaCppChat,
  warnings: (namespace) =>
    namespace === "default"
      ? []
      : [
          {
            code: "cache-not-isolated",
            message: `llama.cpp has no cache salt: the namespace "${namespace}" shares its prompt cache with others. Run one server per tenant if timing must not tell them apart.`
          }
        ]
}

export const make = makeLocalAdapter(spec)
