/** What a pull request is told, out of the reports of its CI. */
import * as Option from "effect/Option"
import type { CachePerformance, PRSummary } from "../../domain/CachePerformance.js"
import type { UsdDifference } from "../../domain/Money.js"
import type { CiReport } from "../../domain/CiReport.js"
import type { CheckName } from "../../domain/CiSettings.js"
import type { ComplianceReport } from "../../domain/Compliance.js"
import type { OptimizationRecommendation } from "../../domain/Optimization.js"
import type { ReplayReport } from "../../domain/ReplayResult.js"
import type { CoverageSummary } from "./reports.js"

export interface Reports {
  readonly performance: Option.Option<CachePerformance>
  readonly compliance: Option.Option<ComplianceReport>
  readonly coverage: Option.Option<CoverageSummary>
  readonly replay: Option.Option<ReplayReport>
  readonly ci: Option.Option<CiReport>
}

export const noReports: Reports = {
  performance: Option.none(),
  compliance: Option.none(),
  coverage: Option.none(),
  replay: Option.none(),
  ci: Option.none()
}

const recommendation = ({
  after,
  before,
  confidence,
  description,
  potentialSavings
}: OptimizationRecommendation): string =>
  `${description.replace(/\.?$/, ".")} It would have saved USD ${potentialSavings.toFixed(2)} of ${before.cost.toFixed(2)} over ${after.requests} requests (confidence ${Math.floor(confidence * 100)} %).`

/** Lines that tests ran over all lines; none where nothing was measured. */
const coverageOf = ({ total: { lines } }: CoverageSummary): Option.Option<number> =>
  lines.total > 0 && lines.covered <= lines.total ? Option.some(lines.covered / lines.total) : Option.none()

/** What calls saved whose price is known; none where there are none, which is not to say that nothing was saved. */
const savedIn = ({ analysis: { totals } }: CachePerformance): Option.Option<UsdDifference> =>
  Option.filter(Option.some(totals.saved), () => Option.exists(totals.pricingCoverage, (share) => share > 0))

/** What a check came to that was made without a report; none where it knows nothing. */
const judgedBy = (ci: Reports["ci"], name: CheckName): Option.Option<boolean> =>
  Option.flatMap(ci, ({ checks }) => {
    const state = checks.find(({ check }) => check === name)?.state
    return state === undefined || state === "unknown" ? Option.none() : Option.some(state === "passed")
  })

/**
 * What no report says is null, and never taken for good or bad. `ok` is that the checks were made and passed, and that nothing else that
 * is there failed: where the checks broke off, others may well have passed.
 */
export const summaryOf = ({ ci, compliance, coverage, performance, replay }: Reports): PRSummary => {
  const valid = Option.orElse(
    Option.map(compliance, (report) => report.valid),
    () => judgedBy(ci, "standards")
  )
  const replayed = Option.orElse(
    Option.map(replay, ({ complete, ok }) => ok && complete),
    () => judgedBy(ci, "replay")
  )
  return {
    cacheHitRate: Option.getOrNull(Option.flatMap(performance, ({ analysis }) => analysis.cacheHitRate)),
    costSavings: Option.getOrNull(Option.flatMap(performance, savedIn)),
    standardsCompliance: Option.getOrNull(valid),
    testCoverage: Option.getOrNull(Option.flatMap(coverage, coverageOf)),
    replaySuccess: Option.getOrNull(replayed),
    recommendations: Option.match(performance, {
      onNone: () => [],
      onSome: ({ optimization }) => optimization.recommendations.map(recommendation)
    }),
    economics: Option.match(ci, { onNone: () => [], onSome: ({ economics }) => economics }),
    checks: Option.match(ci, { onNone: () => [], onSome: ({ checks }) => checks }),
    ok:
      Option.exists(ci, ({ ok }) => ok) &&
      Option.getOrElse(valid, () => true) &&
      Option.getOrElse(replayed, () => true)
  }
}
