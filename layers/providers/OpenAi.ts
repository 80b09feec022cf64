/** OpenAI: Responses, with explicit cache marks for the models that take them. */
import * as Effect from "effect/Effect"
import { openAiFacts, openAiModels } from "../../src/prompt/models/openai.js"
import { openAiTtl } from "../../src/prompt/render/breakpoints.js"
import { openAiFormat, openAiResponses } from "../../src/prompt/render/openaiResponses.js"
import type { AegisConfig } from "../../src/services/AegisConfig.js"
import type { PriceList } from "../../src/services/PriceList.js"
import type { ProviderAdapter } from "../../src/services/ProviderAdapter.js"
import type { TokenCounter } from "../../src/services/TokenCounter.js"
import { formats } from "./formats.js"
import { makeRenderer, type RendererSpec } from "./rendering.js"
import { makeOpenAiWire } from "./wire/openai.js"

export const spec: RendererSpec = {
  provider: "openai",
  format: openAiFormat,
  facts: openAiFacts,
  request: openAiResponses,
  marking: { ttls: ["30m"], ttl: openAiTtl },
  // OpenAI's cookbook: 3 tokens around each message and a role of one, 3 before the answer
  overhead: (messages) => 4 * messages + 3
}

/** The adapter. The SDK is loaded when something is sent. */
export const make: Effect.Effect<ProviderAdapter, never, AegisConfig | PriceList | TokenCounter> = Effect.gen(
  function* () {
    return {
      name: spec.provider,
      models: openAiModels,
      ...formats.openai,
      ...(yield* makeRenderer(spec)),
      ...(yield* makeOpenAiWire)
    }
  }
)
