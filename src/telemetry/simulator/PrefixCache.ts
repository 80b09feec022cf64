/** What the two kinds of caches have in common. */
import type { ProviderRequest } from "../../domain/ProviderRequest.js"
import type { Cause } from "./Predicted.js"
import type { Path } from "./paths.js"
import type { Ttl } from "./rules.js"

/** The token ids of each block of a request, or other numbers that are equal where tokens are. */
export type BlockIds = ReadonlyArray<ArrayLike<number>>

/** What was read: tokens, the whole blocks among them, and whether it can be no more. */
export interface Touched {
  readonly read: number
  readonly blocks: number
  readonly sure: boolean
}

export interface PrefixCache {
  readonly read: (path: Path, request: ProviderRequest, ids?: BlockIds) => Touched
  /**
   * Appends why blocks that were sent before were not read; between reading and writing. Returns how many of their tokens it leaves to what
   * differs behind them.
   */
  readonly blameKnown: (
    path: Path,
    request: ProviderRequest,
    touched: Touched,
    causes: Array<Cause>
  ) => number
  /** Keeps what the request leaves behind, adds to `written` what is paid for it, and says whether it can be no more. */
  readonly write: (
    path: Path,
    request: ProviderRequest,
    touched: Touched,
    written: Record<Ttl, number>
  ) => boolean
  readonly reset: () => void
  readonly fork: () => PrefixCache
}
