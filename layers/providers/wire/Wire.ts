/**
 * The half of an adapter that talks to its provider. Owns: sending, retrying, reading answers, counting by the
 * provider, asking whether it is there. Does not own: rendering requests, or what to do when a provider cannot answer.
 */
import * as Effect from "effect/Effect"
import type { TokenCount } from "../../../src/domain/Measures.js"
import type { ProviderError } from "../../../src/domain/ProviderErrors.js"
import type { ProviderAdapter } from "../../../src/services/ProviderAdapter.js"
import { Fetch } from "../../../src/services/Fetch.js"
import { isPropagated, propagating } from "./propagate.js"
import type { RetryPolicy } from "./retry.js"

export type Wire = Pick<ProviderAdapter, "byFetch" | "execute" | "stream" | "countTokens" | "health">

/** A local server's wire, which also tokenises plain text with the model's own tokenizer. */
export interface ChatWire extends Wire {
  readonly tokenizeText: (text: string, model: string) => Effect.Effect<TokenCount, ProviderError>
}

/** `fetch` takes the place of the one that the fiber has; `retry` overrides parts of the policy that the settings make. */
export interface WireOptions {
  readonly retry?: Partial<RetryPolicy>
  readonly fetch?: typeof globalThis.fetch
}

/** How calls reach the network: as a run is recorded or replayed, if a call is part of one. */
export const networkOf = ({ fetch }: WireOptions): Effect.Effect<Effect.Effect<typeof globalThis.fetch>> =>
  Effect.map(isPropagated, (isAsked) => {
    const own = fetch === undefined ? Fetch.current : Effect.succeed(fetch)
    return isAsked ? Effect.flatMap(own, propagating) : own
  })

/**
 * What every SDK client is made with. Retries are ours; the SDK's timer must outlast ours, or it would end a call before
 * its time, and holds 31 bits; its log would tell what it cannot parse, and that is the answer.
 */
export const sdkOptions = (
  timeoutMs: number,
  fetch: typeof globalThis.fetch
): {
  readonly maxRetries: 0
  readonly timeout: number
  readonly logLevel: "off"
  readonly fetch: typeof globalThis.fetch
} => ({
  maxRetries: 0,
  timeout: Math.min(timeoutMs + 60_000, 2 ** 31 - 1),
  logLevel: "off",
  fetch
})
