/** The reports that earlier steps of CI left in a folder. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { CachePerformance } from "../../domain/CachePerformance.js"
import { CiReport } from "../../domain/CiReport.js"
import { ComplianceReport } from "../../domain/Compliance.js"
import { ReplayReport } from "../../domain/ReplayResult.js"
import { Files } from "../Files.js"
import { textInput } from "../textInput.js"
import { UsageError } from "../UsageError.js"
import type { Reports } from "./summaryOf.js"

const Metric = Schema.Struct({ covered: Schema.Number, total: Schema.Number })

/** The total of a summary by Istanbul, which vitest, jest, nyc and c8 write. */
export const CoverageSummary = Schema.Struct({
  total: Schema.Struct({ lines: Metric, statements: Metric, functions: Metric, branches: Metric })
})
export interface CoverageSummary extends Schema.Schema.Type<typeof CoverageSummary> {}

/** Each by the name that the step gives it which writes it. */
export const reports = {
  performance: { name: "cache-performance.json", schema: CachePerformance },
  compliance: { name: "compliance-report.json", schema: ComplianceReport },
  replay: { name: "replay-results.json", schema: ReplayReport },
  ci: { name: "ci-report.json", schema: CiReport },
  // where vitest and others write it, and by itself as an artifact holds it
  coverage: { name: "coverage/coverage-summary.json", schema: CoverageSummary },
  coverageSummary: { name: "coverage-summary.json", schema: CoverageSummary }
} as const

/** A report of the folder; none where there is none. One that is there and cannot be understood is refused: nobody may take it for none. */
export const readReport = <A, I>(
  folder: Option.Option<string>,
  { name, schema }: { readonly name: string; readonly schema: Schema.Schema<A, I> }
): Effect.Effect<Option.Option<A>, UsageError, Files> =>
  Effect.gen(function* () {
    if (Option.isNone(folder)) return Option.none<A>()
    const path = `${folder.value}/${name}`
    if (!(yield* (yield* Files).exists(path))) return Option.none<A>()
    const text = yield* textInput(Option.some(path), "report")
    return yield* Schema.decode(Schema.parseJson(schema))(text).pipe(
      Effect.mapBoth({
        onSuccess: Option.some,
        onFailure: () =>
          new UsageError({
            problem: `"${path}" is no report of this version`,
            fix: "Remove it, and run the step again that writes it."
          })
      })
    )
  })

/** The coverage among the reports of the folder. */
export const readCoverage = (
  folder: Option.Option<string>
): Effect.Effect<Option.Option<CoverageSummary>, UsageError, Files> =>
  Effect.flatMap(readReport(folder, reports.coverage), (found) =>
    Option.isSome(found) ? Effect.succeed(found) : readReport(folder, reports.coverageSummary)
  )

/** All reports of the folder. */
export const readReports = (folder: string): Effect.Effect<Reports, UsageError, Files> => {
  const from = Option.some(folder)
  return Effect.all({
    performance: readReport(from, reports.performance),
    compliance: readReport(from, reports.compliance),
    coverage: readCoverage(from),
    replay: readReport(from, reports.replay),
    ci: readReport(from, reports.ci)
  })
}
