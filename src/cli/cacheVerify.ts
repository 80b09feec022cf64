/** `aegis cache verify`: every hash computed again. Fails (exit code 1) when something is not what was written. */
import * as Effect from "effect/Effect"
import { VerifyReport } from "../domain/CacheReports.js"
import { ScaffoldCache } from "../services/ScaffoldCache.js"
import { GateFailed } from "./GateFailed.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { plural } from "./views/format.js"
import { paint } from "./views/paint.js"
import type { Style } from "./views/Style.js"

const view = (report: VerifyReport, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  const checked = `${plural(report.entries, "entry", "entries")}, ${plural(report.blocks, "block")}`
  return Effect.succeed(
    [
      report.ok ? `${colors.good("ok")}  ${checked}` : `${colors.bad("damaged")}  ${checked}`,
      ...(report.database === "ok" ? [] : ["database file: damaged"]),
      ...report.corrupt.map(({ key, kind, problem }) => `${kind} ${key}: ${problem}`)
    ].join("\n")
  )
}

export const cacheVerify = Effect.fn("aegis cache verify")(function* () {
  const cache = yield* ScaffoldCache
  const output = yield* Output
  const { during } = yield* Progress
  const report = yield* cache.verify.pipe(during("computing every hash again"))
  yield* output.emit(VerifyReport, report, view)
  if (report.ok) return
  return yield* report.database === "ok"
    ? new GateFailed({
        found: `${plural(report.corrupt.length, "row")} of the cache ${report.corrupt.length === 1 ? "was" : "were"} not what was written`,
        fix: "They were put aside and will be resolved afresh; check the disk."
      })
    : new GateFailed({
        found: "The database file is damaged",
        fix: "Delete it, it will be rebuilt; check the disk."
      })
})
