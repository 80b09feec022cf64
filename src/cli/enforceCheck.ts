/** `aegis enforce [PATHS]`: the gate. Fails (exit code 1) when something is found at or above the level that fails. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Finding } from "../domain/Compliance.js"
import {
  type Baseline,
  baselineOf,
  readBaseline,
  shrink,
  unknownTo,
  writeBaseline
} from "../enforce/baseline.js"
import { toReport } from "../enforce/toReport.js"
import { AegisConfig } from "../services/AegisConfig.js"
import { Enforcer } from "../services/Enforcer.js"
import { ProjectFiles } from "../services/ProjectFiles.js"
import { judgeFiles } from "./enforceJudge.js"
import { type EnforceOptions, planOf } from "./enforcePlan.js"
import { writeReports } from "./enforceReports.js"
import { Files } from "./Files.js"
import { GateFailed } from "./GateFailed.js"
import { Output } from "./Output.js"
import { packsToApply } from "./packsToApply.js"
import { Progress } from "./Progress.js"
import { operand, textInput } from "./textInput.js"
import { plural } from "./views/format.js"

export const enforceCheck = Effect.fn("aegis.enforce")(function* (options: EnforceOptions) {
  const { json } = yield* Output
  const plan = yield* planOf(options, json)
  yield* Effect.forEach(options.paths, (path) => operand(path))
  const enforcer = yield* Enforcer
  const files = yield* ProjectFiles
  const { settings } = yield* AegisConfig
  const { during } = yield* Progress

  const prepared = yield* enforcer.prepare(
    packsToApply(options.rulepacks, settings),
    // a verdict that somebody left in the folder decides no merge
    { fresh: options.ci }
  )
  const known = yield* baselineIn(options)
  // what is known repeats no fault of the project
  const own = Option.isSome(options.baseline)
    ? yield* Effect.orElseSucceed(files.list([options.baseline.value]), () => [])
    : []
  const listed = (yield* files.list(options.paths)).filter((path) => !own.includes(path))
  const paths = Option.isSome(options.changed) ? yield* files.changed(listed, plan.base) : listed
  const { files: judged, truncated } = yield* judgeFiles(paths, prepared, {
    failFast: options.failFast,
    failLevel: plan.failLevel,
    fix: options.fix,
    // what becomes the baseline is known
    counts: Option.match(known, {
      onNone: () => (options.updateBaseline ? () => [] : (findings: ReadonlyArray<Finding>) => findings),
      onSome: unknownTo
    })
  }).pipe(during(`judging ${plural(paths.length, "file")}`))
  const all = judged.flatMap(({ findings }) => findings)
  const counted = judged.map((one) => one.counted)
  const report = toReport(prepared.packs, counted, {
    failLevel: plan.failLevel,
    truncated,
    leftOut: prepared.leftOut,
    known: all.length - counted.flat().length
  })
  yield* writeReports(report, judged, prepared.rules, plan, options.ci)
  if (options.updateBaseline && Option.isSome(options.baseline)) {
    const whole = options.paths.length === 0 && Option.isNone(options.changed)
    const seen = new Set([...paths, ...judged.map(({ path }) => path)])
    const packs = new Set(prepared.packs.map(({ file }) => file.id))
    const next = Option.match(known, {
      onNone: () => baselineOf(all),
      onSome: (baseline) =>
        shrink(
          baseline,
          all,
          ({ path, rule }) => packs.has(rule.split("/")[0] ?? "") && (whole || seen.has(path))
        )
    })
    yield* files.write(options.baseline.value, writeBaseline(next))
  }
  if (report.valid) return
  return yield* new GateFailed({
    found: `${plural(report.errors, "error")}, ${plural(report.warnings, "warning")}, ${plural(report.infos, "info")}`,
    fix: "`aegis enforce explain PACK/RULE` tells what a rule wants."
  })
})

/** The baseline that was named. It may be missing only where it is about to be written. */
const baselineIn = Effect.fnUntraced(function* ({ baseline, updateBaseline }: EnforceOptions) {
  if (Option.isNone(baseline)) return Option.none<Baseline>()
  const { cwd, exists } = yield* Files
  const path = baseline.value.startsWith("/") ? baseline.value : `${cwd}/${baseline.value}`
  if (updateBaseline && !(yield* exists(path))) return Option.none<Baseline>()
  const text = yield* textInput(baseline, "baseline")
  return Option.some(yield* readBaseline(text, baseline.value))
})
