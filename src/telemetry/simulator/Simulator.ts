/**
 * A provider's prefix cache, request by request. Owns: what would be read and written, and why the rest is not read. Does not own: prices.
 */
import type { ProviderRequest } from "../../domain/ProviderRequest.js"
import { makeAutomaticCache } from "./automaticCache.js"
import { blameDifference } from "./causes.js"
import { makeMarkedCache } from "./markedCache.js"
import { makeMemory, makePaths, type Memory, type Paths } from "./paths.js"
import type { Cause, Predicted } from "./Predicted.js"
import type { BlockIds, PrefixCache } from "./PrefixCache.js"
import type { CacheRules } from "./rules.js"

export interface Simulator {
  /**
   * What the cache makes of the next request; they come in the order in which they are sent. Blocks are opaque: a cache without marks may
   * find a part of one, which `ids`, the token ids of each block, make known.
   */
  readonly next: (request: ProviderRequest, ids?: BlockIds) => Predicted
  /** Forgets all requests. */
  readonly reset: () => void
  /** One that goes on from the same state, apart from this one. */
  readonly fork: () => Simulator
}

/** `causes: false` leaves them out, which takes half of the time. `memory` is shared by simulators of one history. */
export interface SimulatorOptions {
  readonly causes?: boolean
  readonly memory?: Memory
}

const noCauses: ReadonlyArray<Cause> = []

const assemble = (paths: Paths, cache: PrefixCache, explains: boolean): Simulator => ({
  next: (request, ids) => {
    const path = paths.walk(request)
    const { ends, known, total } = path
    const touched = cache.read(path, request, ids)
    const { read } = touched
    let causes = noCauses
    if (explains && read < total) {
      const found: Array<Cause> = []
      const seen = known === 0 ? 0 : (ends[known - 1] ?? 0)
      const spoiled = read < seen ? cache.blameKnown(path, request, touched, found) : 0
      if (seen < total) blameDifference(path, paths.before(path), Math.max(read, seen), spoiled, found)
      causes = found
    }
    const written = { "5m": 0, "30m": 0, "1h": 0, "12h": 0 }
    const sure = cache.write(path, request, touched, written)
    paths.remember(path)
    return {
      read,
      written,
      uncached: total - read - written["5m"] - written["30m"] - written["1h"] - written["12h"],
      causes,
      bound: touched.sure && sure ? "exact" : "at-least"
    }
  },
  reset: () => {
    cache.reset()
    paths.reset()
  },
  fork: () => assemble(paths.fork(), cache.fork(), explains)
})

/** A cache that holds nothing yet. */
export const makeSimulator = (rules: CacheRules, options: SimulatorOptions = {}): Simulator =>
  assemble(
    makePaths(rules, options.memory ?? makeMemory()),
    rules._tag === "Marked" ? makeMarkedCache(rules) : makeAutomaticCache(rules),
    options.causes !== false
  )
