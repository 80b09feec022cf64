/** Prices that are easy to reckon with. */
import * as Option from "effect/Option"
import type { Usage } from "../../../../src/domain/Usage.js"

const or0 = Option.getOrElse(() => 0)

/** USD 3 for a million tokens of input, a tenth for reading them, 1.25 times for writing them, twice for an hour, and 15 for output. */
export const price = (_provider: string, _model: string, usage: Usage): Option.Option<number> =>
  Option.some(
    (usage.uncachedInput * 3 +
      or0(usage.cacheRead) * 0.3 +
      or0(usage.cacheWrite5m) * 3.75 +
      or0(usage.cacheWrite1h) * 6 +
      usage.output * 15) /
      1e6
  )
