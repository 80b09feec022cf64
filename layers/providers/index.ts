/** The five providers that ship with Aegis. Others are added with `layerAdapter` of src/services/ProviderAdapter.ts. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AegisConfig } from "../../src/services/AegisConfig.js"
import type { PriceList } from "../../src/services/PriceList.js"
import { make as makeRegistry, Providers } from "../../src/services/ProviderAdapter.js"
import type { TokenCounter } from "../../src/services/TokenCounter.js"
import * as Anthropic from "./Anthropic.js"
import * as LlamaCpp from "./LlamaCpp.js"
import * as OpenAi from "./OpenAi.js"
import * as SgLang from "./SgLang.js"
import * as Vllm from "./Vllm.js"

export const layer: Layer.Layer<Providers, never, AegisConfig | PriceList | TokenCounter> = Layer.effect(
  Providers,
  Effect.map(Effect.all([OpenAi.make, Anthropic.make, Vllm.make, SgLang.make, LlamaCpp.make]), makeRegistry)
)
