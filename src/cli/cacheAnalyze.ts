/**
 * `aegis cache analyze`: what the ledger says about the caches, and why they missed. With `--ci` it ends with 1 where a threshold does
 * not hold.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { CachePerformance } from "../domain/CachePerformance.js"
import { ciThresholds } from "../domain/CiSettings.js"
import { Timestamp } from "../domain/Measures.js"
import type { OptimizationReport } from "../domain/Optimization.js"
import { AegisConfig } from "../services/AegisConfig.js"
import { Telemetry } from "../services/Telemetry.js"
import { isFailing } from "./ci/isFailing.js"
import { checksOf } from "./ci/performanceChecks.js"
import { Files } from "./Files.js"
import { GateFailed } from "./GateFailed.js"
import { namingFiles, writePage } from "./ledgerPage.js"
import { Output } from "./Output.js"
import { Progress } from "./Progress.js"
import { type RangeOptions, rangeOf } from "./timeRange.js"
import { plural } from "./views/format.js"
import { performanceView } from "./views/ledger/analysis.js"
import { analysisPage } from "./views/ledger/pages.js"

export interface AnalyzeOptions extends RangeOptions {
  readonly ci: boolean
  readonly out: Option.Option<string>
  readonly html: Option.Option<string>
}

/** Where `--ci` writes to, where nothing else is said. */
const standardFile = "cache-performance.json"

export const cacheAnalyze = Effect.fn("aegis cache analyze")(function* (options: AnalyzeOptions) {
  const telemetry = yield* Telemetry
  const output = yield* Output
  const { during } = yield* Progress
  const { settings } = yield* AegisConfig
  const range = yield* rangeOf(options)
  const [analysis, optimization] = yield* Effect.all([
    telemetry.analyze(range),
    telemetry.optimize(range)
  ]).pipe(during("analyzing"))
  const thresholds = ciThresholds(settings.ci)
  const checks = options.ci ? checksOf(analysis, thresholds) : []
  const broken = checks.filter((check) => isFailing(check, thresholds.require))
  const performance: CachePerformance = {
    schemaVersion: 1,
    createdAt: Timestamp.make(new Date(yield* Clock.currentTimeMillis).toISOString()),
    ok: broken.length === 0,
    checks,
    analysis,
    optimization: withoutPatches(optimization)
  }
  const file = Option.orElse(options.out, () => (options.ci ? Option.some(standardFile) : Option.none()))
  if (Option.isSome(file)) {
    const { replace } = yield* Files
    const text = JSON.stringify(
      yield* Effect.orDie(Schema.encode(CachePerformance)(performance)),
      undefined,
      2
    )
    yield* replace(file.value, Stream.succeed(`${text}\n`))
  }
  yield* writePage(options.html, () => analysisPage(performance))
  yield* output.emit(CachePerformance, performance, namingFiles(performanceView, file, options.html))
  if (performance.ok) return
  return yield* new GateFailed({
    found: `${plural(broken.length, "check")} did not pass: ${broken.map(({ check }) => check).join(", ")}`,
    fix: "Each says above what to do."
  })
})

/** A patch quotes the prompt, and this file is uploaded. `aegis optimize` shows it. */
const withoutPatches = (report: OptimizationReport): OptimizationReport => ({
  ...report,
  recommendations: report.recommendations.map(({ patch: _, ...rest }) => rest)
})
