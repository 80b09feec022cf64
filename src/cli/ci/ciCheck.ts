/** `aegis ci`: the required checks of a change. Fails (exit code 1) when one fails, or is unknown and required. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Check } from "../../domain/CachePerformance.js"
import { CiReport } from "../../domain/CiReport.js"
import { type CheckName, type CiThresholds, ciThresholds } from "../../domain/CiSettings.js"
import { AegisConfig } from "../../services/AegisConfig.js"
import type { PriceList } from "../../services/PriceList.js"
import { ProjectFiles } from "../../services/ProjectFiles.js"
import { Telemetry } from "../../services/Telemetry.js"
import type { CommandLayers } from "../commandLine.js"
import type { Files } from "../Files.js"
import { GateFailed } from "../GateFailed.js"
import { jobSummary } from "../jobSummary.js"
import { flagsOf } from "../options.js"
import { Output } from "../Output.js"
import { Progress } from "../Progress.js"
import { plural } from "../views/format.js"
import { cacheIntegrity } from "./cacheIntegrity.js"
import { checksToRun } from "./checksToRun.js"
import { coverageCheck } from "./coverage.js"
import { isFailing } from "./isFailing.js"
import { performanceCheck } from "./performanceChecks.js"
import { promptEconomics } from "./promptEconomics.js"
import type { PromptVersions } from "./PromptVersions.js"
import { replayAgain, replayCheck } from "./replays.js"
import { readCoverage, readReport, reports } from "./reports.js"
import { judgeProject, standardsCheck } from "./standards.js"
import { summaryMarkdown } from "./summaryMarkdown.js"
import { noReports, summaryOf } from "./summaryOf.js"
import { ciView } from "./view.js"

export interface CiOptions {
  readonly namespace: Option.Option<string>
  readonly cacheDir: Option.Option<string>
  readonly base: Option.Option<string>
  readonly report: Option.Option<string>
  readonly only: Option.Option<string>
}

/** What a check found; that of the prompts has more to tell. */
type Found = { readonly check: Check } & Partial<Pick<CiReport, "base" | "economics" | "notes">>

/** What every check may ask for; each has layers of its own for the rest, so that what is not asked for is not opened. */
type Asked = AegisConfig | Files | PriceList | ProjectFiles | PromptVersions

/** Calls of the ledger whose prompts are priced as they were and as they are; the newest of more. */
const mostHistory = 50_000

const historyOf = Effect.gen(function* () {
  const { stream } = yield* Telemetry
  const requests = Stream.filterMap(stream({}), ({ request }) => Option.fromNullable(request))
  return Chunk.toReadonlyArray(yield* Stream.runCollect(Stream.takeRight(requests, mostHistory)))
})

/** Every check by its name. The ledger is analysed once, for both that are held against it. */
const checksOver = Effect.fnUntraced(function* <E>(
  layers: CommandLayers<E>,
  options: CiOptions,
  thresholds: CiThresholds
): Effect.fn.Return<Readonly<Record<CheckName, Effect.Effect<Found, unknown, Asked>>>> {
  const flags = flagsOf(options)
  const folder = options.report
  const ofLedger = Effect.flatMap(Telemetry, ({ analyze }) =>
    analyze({ namespace: Option.getOrUndefined(options.namespace) })
  )
  const analysis = yield* Effect.cached(
    Effect.flatMap(
      readReport(folder, reports.performance),
      Option.match({
        onNone: () => Effect.provide(ofLedger, layers.telemetry(flags)),
        onSome: (report) => Effect.succeed(report.analysis)
      })
    )
  )
  const ofPerformance = (name: "hit-rate" | "latency"): Effect.Effect<Found, unknown, Asked> =>
    Effect.map(analysis, (found) => ({ check: performanceCheck(name, found, thresholds) }))
  return {
    "cache-integrity": Effect.map(Effect.provide(cacheIntegrity, layers.upkeep(flags)), (check) => ({
      check
    })),
    standards: readReport(folder, reports.compliance).pipe(
      Effect.flatMap(Option.match({ onNone: () => judgeProject, onSome: Effect.succeed })),
      Effect.provide(layers.enforce(flags)),
      Effect.map((report) => ({ check: standardsCheck(report) }))
    ),
    coverage: Effect.all([readReport(folder, reports.compliance), readCoverage(folder)]).pipe(
      Effect.flatMap(([report, summary]) => coverageCheck(report, summary)),
      Effect.provide(layers.enforce(flags)),
      Effect.map((check) => ({ check }))
    ),
    replay: readReport(folder, reports.replay).pipe(
      Effect.flatMap(
        Option.match({
          onNone: () => Effect.provide(replayAgain, layers.replay(flags)),
          onSome: Effect.succeed
        })
      ),
      Effect.map((report) => ({ check: replayCheck(report) }))
    ),
    "hit-rate": ofPerformance("hit-rate"),
    latency: ofPerformance("latency"),
    "prompt-economics": Effect.flatMap(Effect.provide(historyOf, layers.telemetry(flags)), (history) =>
      promptEconomics(options.base, thresholds, history)
    )
  }
})

const encode = Schema.encode(Schema.parseJson(CiReport, { space: 2 }))

export const ciCheck =
  <E>(layers: CommandLayers<E>) =>
  (
    options: CiOptions
  ): Effect.Effect<
    void,
    unknown,
    AegisConfig | Files | Output | PriceList | Progress | ProjectFiles | PromptVersions
  > =>
    Effect.gen(function* () {
      const { settings } = yield* AegisConfig
      const files = yield* ProjectFiles
      const output = yield* Output
      const { during } = yield* Progress
      const summarize = yield* jobSummary
      const thresholds = ciThresholds(settings.ci)
      const names = yield* checksToRun(options.only)
      // whoever names a check wants to know it
      const required = Option.isSome(options.only) ? names : thresholds.require
      const run = yield* checksOver(layers, options, thresholds)
      const found = yield* Effect.forEach(names, (name) => run[name].pipe(during(name)))
      const checks = found.map(({ check }) => check)
      const failing = checks.filter((check) => isFailing(check, required))
      const report: CiReport = {
        schemaVersion: 1,
        ok: failing.length === 0,
        base: found.find(({ base }) => base !== undefined)?.base ?? null,
        checks,
        economics: found.flatMap(({ economics }) => economics ?? []),
        notes: found.flatMap(({ notes }) => notes ?? [])
      }
      if (Option.isSome(options.report)) {
        // what was found is a value of its schema
        const text = yield* Effect.orDie(encode(report))
        yield* files.write(`${options.report.value}/${reports.ci.name}`, `${text}\n`)
      }
      yield* summarize(summaryMarkdown(summaryOf({ ...noReports, ci: Option.some(report) })))
      yield* output.emit(CiReport, report, ciView)
      if (report.ok) return
      return yield* new GateFailed({
        found: `${plural(failing.length, "check")} of ${checks.length} did not pass: ${failing.map(({ check }) => check).join(", ")}`,
        fix: "Each says above what to do."
      })
    }).pipe(Effect.withSpan("aegis ci", { captureStackTrace: false }))
