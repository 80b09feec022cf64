/** What a provider's cache makes of one request. */
import type { MissReason } from "../../domain/TelemetryAnalysis.js"
import type { Ttl } from "./rules.js"

/**
 * Why `tokens` were not read. `block` is where the request differs from the one before it, counted from 0 in this request; `unchanged` is
 * how many of the tokens are of blocks that are the same as before: those behind it, which another order would have read, and those before
 * it that are too few to be kept by themselves. `idle` is in milliseconds.
 */
export interface Cause {
  readonly reason: MissReason
  readonly tokens: number
  readonly block?: number
  readonly unchanged?: number
  readonly idle?: number
}

/**
 * Input tokens by what they cost: those read from the cache, written to it, and neither. The three sum to the request, and the tokens of
 * the causes to what was not read. `at-least`: more may be read, for there is something that only the provider knows, such as what the
 * texts of two differing blocks have in common.
 */
export interface Predicted {
  readonly read: number
  readonly written: Readonly<Record<Ttl, number>>
  readonly uncached: number
  readonly causes: ReadonlyArray<Cause>
  readonly bound: "exact" | "at-least"
}
