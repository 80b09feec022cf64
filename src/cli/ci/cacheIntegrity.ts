/** The check that everything in the cache is what was written. */
import * as Effect from "effect/Effect"
import type { Check } from "../../domain/CachePerformance.js"
import { ScaffoldCache } from "../../services/ScaffoldCache.js"
import { plural } from "../views/format.js"

export const cacheIntegrity = Effect.gen(function* () {
  const { blocks, corrupt, database, entries, ok } = yield* (yield* ScaffoldCache).verify
  const check = { check: "cache-integrity", threshold: "every hash matches" } as const
  const checked = `${plural(entries, "entry", "entries")}, ${plural(blocks, "block")}`
  const result: Check = ok
    ? { ...check, state: "passed", figure: checked }
    : {
        ...check,
        state: "failed",
        figure:
          database === "ok" ? `${checked}, ${plural(corrupt.length, "damaged row")}` : "the file is damaged",
        remedy:
          database === "ok"
            ? "Damaged rows were put aside and will be resolved afresh; check the disk."
            : "Delete the file, it will be rebuilt; check the disk."
      }
  return result
})
