/** How far the model of a cache can be trusted on a history. */
import * as Option from "effect/Option"
import { totalInput } from "../../domain/Usage.js"
import { makeSimulator } from "../simulator/Simulator.js"
import type { HistoryEntry } from "./history.js"
import type { Market } from "./replayer.js"

/**
 * Between 0 and 1: one less |predicted - reported| tokens over all reported input, of the requests whose
 * provider said what it read. It is one less the error of their calibration. 0 where none did: nothing then
 * says that the model is right.
 */
export const confidenceIn = (entries: ReadonlyArray<HistoryEntry>, { rules }: Market): number => {
  const simulator = makeSimulator(rules, { causes: false })
  let off = 0
  let input = 0
  for (const { request, usage } of entries) {
    const { read } = simulator.next(request)
    if (Option.isNone(usage.cacheRead)) continue
    off += Math.abs(read - usage.cacheRead.value)
    input += totalInput(usage)
  }
  return input === 0 ? 0 : Math.max(0, 1 - off / input)
}
