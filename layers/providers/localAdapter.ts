/** What the adapters of local servers have in common. */
import * as Effect from "effect/Effect"
import { localFacts } from "../../src/prompt/models/local.js"
import type { Warning } from "../../src/domain/ResolvedScaffold.js"
import type { RequestBuilder } from "../../src/prompt/render/request.js"
import { AegisConfig } from "../../src/services/AegisConfig.js"
import type { PriceList } from "../../src/services/PriceList.js"
import type { ProviderAdapter } from "../../src/services/ProviderAdapter.js"
import type { TokenCounter } from "../../src/services/TokenCounter.js"
import { formats } from "./formats.js"
import { makeRenderer, type RendererSpec } from "./rendering.js"
import { makeChatWire, type ChatWireOptions } from "./wire/chat.js"

/** What makes one local server's requests different from another's. */
export interface LocalSpec {
  readonly provider: ChatWireOptions["provider"]
  readonly baseUrl: "vllmBaseUrl" | "sglangBaseUrl" | "llamaCppBaseUrl"
  readonly format: string
  readonly request: RequestBuilder
  readonly warnings?: (namespace: string) => ReadonlyArray<Warning>
}

/** The renderer's part of it. Chat templates differ; those of current models add about so much. */
export const localSpec = (local: LocalSpec): RendererSpec => ({
  provider: local.provider,
  format: local.format,
  facts: () => localFacts,
  request: local.request,
  overhead: (messages) => 5 * messages + 3,
  ...(local.warnings === undefined ? {} : { warnings: local.warnings })
})

/**
 * The adapter. Where the server's address is configured, its own tokenizer counts; an address that nobody gave is not
 * asked while resolving, for most likely nobody is there.
 */
export const makeLocalAdapter = (
  local: LocalSpec,
  options: Omit<ChatWireOptions, "provider"> = {}
): Effect.Effect<ProviderAdapter, never, AegisConfig | PriceList | TokenCounter> =>
  Effect.gen(function* () {
    const { settings } = yield* AegisConfig
    const { tokenizeText, ...wire } = yield* makeChatWire({ ...options, provider: local.provider })
    const server = {
      estimator: (model: string) => `${local.provider} /tokenize ${model}`,
      tokenize: tokenizeText
    }
    const renderer = yield* makeRenderer({
      ...localSpec(local),
      ...(settings[local.baseUrl] === undefined ? {} : { server })
    })
    return { name: local.provider, models: [], ...formats[local.provider], ...renderer, ...wire }
  })
