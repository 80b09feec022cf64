/** The upkeep of the cache, as `main` runs it when there is nothing to parse: the commands' own handlers. */
import type * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { cachePrune } from "../../src/cli/cachePrune.js"
import { cacheStats } from "../../src/cli/cacheStats.js"
import { cacheVerify } from "../../src/cli/cacheVerify.js"
import type { PlainUpkeep } from "./plainWords.js"

type Run = ReturnType<typeof cachePrune> | ReturnType<typeof cacheStats> | ReturnType<typeof cacheVerify>

export const runPlain = (
  plain: PlainUpkeep
): Effect.Effect<void, Effect.Effect.Error<Run>, Effect.Effect.Context<Run>> => {
  if (plain.command === "stats") return cacheStats()
  if (plain.command === "verify") return cacheVerify()
  const none = { maxAge: Option.none(), maxBytes: Option.none(), maxEntries: Option.none() }
  return cachePrune({ dryRun: plain.dryRun, ...none })
}
