/**
 * `aegis optimize`: what to change, and what it would have saved on the history of the ledger. `--apply` writes the patches into the
 * prompts' files.
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import { type AppliedPatch, OptimizeResult } from "../domain/LedgerReports.js"
import type { AegisConfig } from "../services/AegisConfig.js"
import type { ScaffoldCache } from "../services/ScaffoldCache.js"
import { Telemetry } from "../services/Telemetry.js"
import { writePage } from "./ledgerPage.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { type RangeOptions, rangeOf } from "./timeRange.js"
import { UsageError } from "./UsageError.js"
import { appliedLines } from "./views/ledger/applied.js"
import { optimizationView } from "./views/ledger/optimization.js"
import { optimizationPage } from "./views/ledger/optimizationPage.js"

export interface OptimizeOptions extends RangeOptions {
  readonly apply: boolean
  readonly dryRun: boolean
  readonly html: Option.Option<string>
}

/** The cache is opened only to apply a patch: the prompt is resolved before and after it. */
export const optimize = Effect.fn("aegis optimize")(function* <E>(
  options: OptimizeOptions,
  cache: Layer.Layer<ScaffoldCache | AegisConfig, E>
) {
  const telemetry = yield* Telemetry
  const output = yield* Output
  const { during } = yield* Progress
  if (options.dryRun && !options.apply) {
    return yield* new UsageError({
      problem: "--dry-run says what --apply would do",
      fix: "Give both, or neither: without --apply nothing is changed."
    })
  }
  const report = yield* telemetry.optimize(yield* rangeOf(options)).pipe(during("replaying"))
  const applied: ReadonlyArray<AppliedPatch> = options.apply
    ? yield* Effect.flatMap(
        Effect.promise(() => import("./optimizeApply.js")),
        ({ applyPatches }) => applyPatches(report.recommendations, options.dryRun)
      ).pipe(Effect.provide(cache), during("applying"))
    : []
  yield* writePage(options.html, () => optimizationPage(report))
  yield* output.emit(OptimizeResult, { ...report, applied }, (shown, style) =>
    Effect.map(optimizationView(shown, style), (recommended) =>
      [recommended, ...appliedLines(shown, style)].join("\n")
    )
  )
})
