/** The check that the project breaks no rule: by the gate's report, or by the gate itself where there is none. */
import * as Effect from "effect/Effect"
import type { Check } from "../../domain/CachePerformance.js"
import type { ComplianceReport } from "../../domain/Compliance.js"
import { toReport } from "../../enforce/toReport.js"
import { AegisConfig } from "../../services/AegisConfig.js"
import { Enforcer } from "../../services/Enforcer.js"
import { ProjectFiles } from "../../services/ProjectFiles.js"
import { judgeFiles } from "../enforceJudge.js"
import { packsToApply } from "../packsToApply.js"
import { plural } from "../views/format.js"

export const standardsCheck = (report: ComplianceReport): Check => {
  const { errors, failLevel, files, infos, packs, truncated, valid, warnings } = report
  const figure = `${plural(errors, "error")}, ${plural(warnings, "warning")}, ${plural(infos, "info")} in ${plural(files, "file")}${truncated ? ", stopped at the first that fails" : ""}`
  const check = {
    check: "standards",
    threshold: `no ${failLevel} of ${plural(packs.length, "pack")}`
  } as const
  return valid
    ? { ...check, state: "passed", figure }
    : {
        ...check,
        state: "failed",
        figure,
        remedy: "`aegis enforce` shows each finding, `aegis enforce explain PACK/RULE` what a rule wants."
      }
}

/** Judges the whole project, as `aegis enforce --ci` does. */
export const judgeProject = Effect.gen(function* () {
  const enforcer = yield* Enforcer
  const files = yield* ProjectFiles
  const { settings } = yield* AegisConfig
  const failLevel = "error"
  const prepared = yield* enforcer.prepare(packsToApply([], settings), { fresh: true })
  const judged = yield* judgeFiles(yield* files.list([]), prepared, {
    failFast: false,
    failLevel,
    fix: false,
    counts: (findings) => findings
  })
  return toReport(
    prepared.packs,
    judged.files.map(({ counted }) => counted),
    { failLevel, truncated: false, leftOut: prepared.leftOut }
  )
})
