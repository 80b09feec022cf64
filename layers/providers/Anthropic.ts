/** Anthropic: Messages, with marks at the ends of the stable blocks. */
import * as Effect from "effect/Effect"
import { anthropicFacts, anthropicModels } from "../../src/prompt/models/anthropic.js"
import { anthropicFormat, anthropicMessages } from "../../src/prompt/render/anthropicMessages.js"
import { anthropicTtl } from "../../src/prompt/render/breakpoints.js"
import type { AegisConfig } from "../../src/services/AegisConfig.js"
import type { PriceList } from "../../src/services/PriceList.js"
import type { ProviderAdapter } from "../../src/services/ProviderAdapter.js"
import type { TokenCounter } from "../../src/services/TokenCounter.js"
import { formats } from "./formats.js"
import { makeRenderer, type RendererSpec } from "./rendering.js"
import { makeAnthropicWire } from "./wire/anthropic.js"

export const spec: RendererSpec = {
  provider: "anthropic",
  format: anthropicFormat,
  facts: anthropicFacts,
  request: anthropicMessages,
  marking: { ttls: ["1h", "5m"], ttl: anthropicTtl },
  // a message of one word is counted as 8 tokens
  overhead: () => 7
}

/** The adapter. The SDK is loaded when something is sent. */
export const make: Effect.Effect<ProviderAdapter, never, AegisConfig | PriceList | TokenCounter> = Effect.gen(
  function* () {
    return {
      name: spec.provider,
      models: anthropicModels,
      ...formats.anthropic,
      ...(yield* makeRenderer(spec)),
      ...(yield* makeAnthropicWire)
    }
  }
)
