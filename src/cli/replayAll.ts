/** `aegis replay --all`: every recording. Fails (exit code 1) when one could not be replayed as it was. */
import * as Effect from "effect/Effect"
import { ReplayReport } from "../domain/ReplayResult.js"
import { GateFailed } from "./GateFailed.js"
import { Output } from "./Output.js"
import { type AllOptions, replayEach } from "./replayEach.js"
import { plural } from "./views/format.js"
import { allView } from "./views/replay.js"

export const replayAll = Effect.fn("aegis replay --all")(function* (options: AllOptions) {
  const output = yield* Output
  const whole = yield* replayEach(options, (line) => (output.json ? Effect.void : output.text(`${line}\n`)))
  yield* output.emit(ReplayReport, whole, allView)
  if (whole.ok) return
  const bad = badIn(whole)
  return yield* new GateFailed({
    found: `${plural(bad, "recording")} of ${whole.results.length + whole.failed.length} could not be replayed as ${bad === 1 ? "it was" : "they were"}`,
    fix: "Each is told above; `aegis replay ID --verify` tells more of one."
  })
})

/** How many recordings could not be replayed, or not as they were. */
export const badIn = ({ failed, results }: ReplayReport): number =>
  failed.length + results.filter(({ ok }) => !ok).length
