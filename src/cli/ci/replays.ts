/** The check that recorded runs come to what they came to: by the report of the replays, or by replaying where there is none. */
import * as Effect from "effect/Effect"
import type { Check } from "../../domain/CachePerformance.js"
import type { ReplayReport } from "../../domain/ReplayResult.js"
import { badIn } from "../replayAll.js"
import { replayEach } from "../replayEach.js"
import { plural } from "../views/format.js"

export const replayCheck = (report: ReplayReport): Check => {
  const { complete, failed, ok, results } = report
  const all = results.length + failed.length
  const check = { check: "replay", threshold: "every recording is as it was" } as const
  if (complete && all === 0) {
    return {
      ...check,
      state: "unknown",
      figure: "there is no recording",
      remedy: "Record a run with `Recorder`, or take one in with `aegis checkpoint import`."
    }
  }
  const bad = badIn(report)
  const figure = `${all - bad} of ${plural(all, "recording")} as ${all === 1 ? "it was" : "they were"}${complete ? "" : ", and not all were replayed"}`
  return ok && complete
    ? { ...check, state: "passed", figure }
    : {
        ...check,
        state: "failed",
        figure,
        remedy: complete
          ? "`aegis replay ID --verify` tells where a recording diverges."
          : "Run `aegis replay --all --verify` again: it goes on where it was cut off."
      }
}

/** Verifies every recording, some side by side. */
export const replayAgain = replayEach(
  { mode: "verify", overrides: {}, concurrency: 2, report: undefined },
  () => Effect.void
)
