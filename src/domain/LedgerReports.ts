/** What commands tell about the ledger besides its own reports. */
import * as Schema from "effect/Schema"
import { TokenCount, Usd } from "./Measures.js"
import { OptimizationReport } from "./Optimization.js"
import { TelemetryAnalysis } from "./TelemetryAnalysis.js"
import { TelemetryReport } from "./TelemetryReport.js"

const Count = Schema.Int.pipe(Schema.nonNegative())

/** `wasted` is what all misses that could have been hits cost in USD, `misses` what they were. */
export const SpendReport = Schema.Struct({
  report: TelemetryReport,
  wasted: TelemetryAnalysis.fields.wasted,
  misses: TelemetryAnalysis.fields.misses
}).annotations({ identifier: "SpendReport" })
export interface SpendReport extends Schema.Schema.Type<typeof SpendReport> {}

export const ExportFormat = Schema.Literal("csv", "jsonl", "parquet")
export type ExportFormat = typeof ExportFormat.Type

/** Records that were written into a file. */
export const LedgerExport = Schema.Struct({
  file: Schema.String,
  format: ExportFormat,
  records: Count,
  bytes: Count
}).annotations({ identifier: "LedgerExport" })
export interface LedgerExport extends Schema.Schema.Type<typeof LedgerExport> {}

export const CalibrationReport = Schema.Struct({
  calibration: OptimizationReport.fields.calibration,
  abstained: OptimizationReport.fields.abstained
}).annotations({ identifier: "CalibrationReport" })
export interface CalibrationReport extends Schema.Schema.Type<typeof CalibrationReport> {}

/** A prompt: its tokens, those of its stable prefix, and what a request costs in USD where the prefix is kept. */
const PromptSizes = Schema.Struct({
  tokens: TokenCount,
  stablePrefix: TokenCount,
  warmCost: Schema.OptionFromNullOr(Usd)
})
export interface PromptSizes extends Schema.Schema.Type<typeof PromptSizes> {}

/** `id` is that of the recommendation. `written` is false for a dry run. */
export const AppliedPatch = Schema.Struct({
  id: Schema.String,
  file: Schema.String,
  written: Schema.Boolean,
  before: PromptSizes,
  after: PromptSizes
}).annotations({ identifier: "AppliedPatch" })
export interface AppliedPatch extends Schema.Schema.Type<typeof AppliedPatch> {}

/** What was recommended, and what came of it where it was applied. */
export const OptimizeResult = Schema.Struct({
  ...OptimizationReport.fields,
  applied: Schema.Array(AppliedPatch)
}).annotations({ identifier: "OptimizeResult" })
export interface OptimizeResult extends Schema.Schema.Type<typeof OptimizeResult> {}
