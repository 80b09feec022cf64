/** Prices that are easy to reckon with. */
import * as Option from "effect/Option"
import type { TelemetryRecord } from "../../../../src/domain/TelemetryRecord.js"
import type { Usage } from "../../../../src/domain/Usage.js"
import { paid, usage } from "./records.js"

/** USD for a million tokens. */
export const perMillion = {
  uncachedInput: 3,
  cacheRead: 0.3,
  cacheWrite5m: 3.75,
  cacheWrite1h: 6,
  output: 15
}

/** What reading a token costs. */
export const readPrice = (): Option.Option<number> => Option.some(perMillion.cacheRead / 1e6)

/** A usage, and what it costs. */
export const used = (
  counts: Partial<Record<keyof Usage, number>>
): Pick<TelemetryRecord, "cost" | "priced" | "usage"> => {
  const cost = (name: keyof typeof perMillion): number => ((counts[name] ?? 0) * perMillion[name]) / 1e6
  return {
    usage: usage(counts),
    ...paid({
      uncachedInput: cost("uncachedInput"),
      cacheRead: cost("cacheRead"),
      cacheWrite5m: cost("cacheWrite5m"),
      cacheWrite1h: cost("cacheWrite1h"),
      output: cost("output")
    })
  }
}
