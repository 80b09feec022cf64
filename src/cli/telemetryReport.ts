/** `aegis telemetry report`: what the ledger sums up to, in groups. */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { TelemetryReport } from "../domain/TelemetryReport.js"
import { Telemetry } from "../services/Telemetry.js"
import { groupByOption } from "./groupByOption.js"
import { namingFiles, writePage } from "./ledgerPage.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { type RangeOptions, rangeOf } from "./timeRange.js"
import { reportPage } from "./views/ledger/pages.js"
import { reportView } from "./views/ledger/report.js"

export interface ReportOptions extends RangeOptions {
  readonly by: Option.Option<string>
  readonly html: Option.Option<string>
}

export const telemetryReport = Effect.fn("aegis telemetry report")(function* (options: ReportOptions) {
  const telemetry = yield* Telemetry
  const output = yield* Output
  const { during } = yield* Progress
  const groupBy = yield* groupByOption(options.by, ["provider", "model"])
  const range = yield* rangeOf(options)
  const [report, { rows: daily }] = yield* Effect.all([
    telemetry.report(range, groupBy),
    telemetry.report(range, ["day"])
  ]).pipe(during("adding up"))
  yield* writePage(options.html, () => reportPage(report, daily))
  yield* output.emit(TelemetryReport, report, namingFiles(reportView(daily), options.html))
})
