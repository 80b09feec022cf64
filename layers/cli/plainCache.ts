/** The commands of the cache as `main` runs them when there is nothing to parse: the handlers of the commands themselves. */
import type * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { cachePrune } from "../../src/cli/cachePrune.js"
import { cacheResolve } from "../../src/cli/cacheResolve.js"
import { cacheStats } from "../../src/cli/cacheStats.js"
import { cacheVerify } from "../../src/cli/cacheVerify.js"
import { cacheWhy } from "../../src/cli/cacheWhy.js"
import type { Files } from "../../src/cli/Files.js"
import type { Output } from "../../src/cli/Output.js"
import type { Progress } from "../../src/cli/Progress.js"
import { onlyFile } from "../../src/cli/promptInput.js"
import type { AegisConfig } from "../../src/services/AegisConfig.js"
import type { ScaffoldCache } from "../../src/services/ScaffoldCache.js"
import type { PlainCache } from "./plainWords.js"

export const runPlain = (
  plain: PlainCache
): Effect.Effect<void, unknown, AegisConfig | Files | Output | Progress | ScaffoldCache> => {
  switch (plain.command) {
    case "resolve":
      return cacheResolve(onlyFile(plain.file))
    case "why":
      return cacheWhy(onlyFile(plain.file))
    case "stats":
      return cacheStats()
    case "verify":
      return cacheVerify()
    case "prune": {
      const { dryRun } = plain
      return cachePrune({
        dryRun,
        maxAge: Option.none(),
        maxBytes: Option.none(),
        maxEntries: Option.none()
      })
    }
  }
}
