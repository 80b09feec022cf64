/** `aegis cost`: what was spent and saved, in groups, and what misses wasted, by cause. */
import * as Effect from "effect/Effect"
import { SpendReport } from "../domain/LedgerReports.js"
import { Telemetry } from "../services/Telemetry.js"
import { groupByOption } from "./groupByOption.js"
import { namingFiles, writePage } from "./ledgerPage.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { rangeOf } from "./timeRange.js"
import type { ReportOptions } from "./telemetryReport.js"
import { costView } from "./views/ledger/cost.js"
import { costPage } from "./views/ledger/pages.js"

export const cost = Effect.fn("aegis cost")(function* (options: ReportOptions) {
  const telemetry = yield* Telemetry
  const output = yield* Output
  const { during } = yield* Progress
  const groupBy = yield* groupByOption(options.by, ["provider", "model"])
  const range = yield* rangeOf(options)
  const [report, { rows: daily }, { misses, wasted }] = yield* Effect.all([
    telemetry.report(range, groupBy),
    telemetry.report(range, ["day"]),
    telemetry.analyze(range)
  ]).pipe(during("adding up"))
  const spend = { report, wasted, misses }
  yield* writePage(options.html, () => costPage(spend, daily))
  yield* output.emit(SpendReport, spend, namingFiles(costView(daily), options.html))
})
