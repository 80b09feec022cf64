/** The thresholds of performance: what the ledger says, and what it is held to. */
import * as Option from "effect/Option"
import type { Check } from "../../domain/CachePerformance.js"
import type { CiThresholds } from "../../domain/CiSettings.js"
import type { TelemetryAnalysis } from "../../domain/TelemetryAnalysis.js"
import { duration, elapsed, plural } from "../views/format.js"

/** Rounded down to hundredths: what is not above a limit is not shown as above it. */
const percentDown = (ratio: number): string => `${Math.floor(ratio * 10_000 + 1e-9) / 100} %`

const measures = {
  provider: {
    what: "of input tokens read from the provider's cache",
    none: "the ledger has no call to a provider",
    remedy:
      "`aegis cache analyze` names the blocks that spoil it, and `aegis optimize` what to change; the threshold is `ci.hitRate`."
  },
  local: {
    what: "of lookups answered by Aegis' own cache",
    none: "the ledger has no lookup",
    remedy: "`aegis cache why FILE` names what changed; the threshold is `ci.hitRate`."
  }
} as const

type PerformanceCheck = "hit-rate" | "latency"

const thresholdOf = (name: PerformanceCheck, { hitRate, latencyMs }: CiThresholds): string =>
  name === "hit-rate" ? `above ${percentDown(hitRate)}` : `p99 below ${duration(latencyMs)}`

/** One check of an analysis. What is not in the ledger is unknown; whether that passes is for `ci.require` to say. */
export const performanceCheck = (
  name: PerformanceCheck,
  { cacheHitRate, totals }: TelemetryAnalysis,
  thresholds: CiThresholds
): Check => {
  const { hitRate, hitRateOf, latencyMs } = thresholds
  const check = { check: name, threshold: thresholdOf(name, thresholds) }
  if (name === "hit-rate") {
    const { none, remedy, what } = measures[hitRateOf]
    return {
      ...check,
      ...Option.match(hitRateOf === "provider" ? cacheHitRate : totals.hitRates.local, {
        onNone: () => unknown(none),
        onSome: (rate) => judged(rate > hitRate, `${percentDown(rate)} ${what}`, remedy)
      })
    }
  }
  return {
    ...check,
    ...Option.match(totals.latency.lookup, {
      onNone: () => unknown("the ledger has no lookup"),
      onSome: ({ count: lookups, p99 }) =>
        judged(
          p99 < latencyMs,
          `p99 ${elapsed(p99)} of ${plural(lookups, "lookup")}`,
          "`aegis doctor` tells where the cache lies: it wants a local disk; the threshold is `ci.latencyMs`."
        )
    })
  }
}

/** The checks of an analysis, as `aegis cache analyze` and `aegis ci` hold it to them. */
export const checksOf = (analysis: TelemetryAnalysis, thresholds: CiThresholds): ReadonlyArray<Check> =>
  (["hit-rate", "latency"] as const).map((name) => performanceCheck(name, analysis, thresholds))

type Judged = Pick<Check, "state" | "figure" | "remedy">

const judged = (passed: boolean, figure: string, remedy: string): Judged =>
  passed ? { state: "passed", figure } : { state: "failed", figure, remedy }

const unknown = (reason: string): Judged => ({
  state: "unknown",
  figure: reason,
  remedy: "Record calls first: `aegis run`, or a program over Aegis; or leave the check out of `ci.require`."
})
