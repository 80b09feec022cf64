/** `aegis artifact judge ID`: judges what a run made, and keeps the report. Fails (exit code 1) when a rule is broken. */
import * as Effect from "effect/Effect"
import { ComplianceReport } from "../domain/Compliance.js"
import { toHuman } from "../enforce/report/human.js"
import { AegisConfig } from "../services/AegisConfig.js"
import { judgeArtifact } from "../services/judgeArtifact.js"
import { GateFailed } from "./GateFailed.js"
import { Output } from "./Output.js"
import { packsToApply } from "./packsToApply.js"
import { operand } from "./textInput.js"
import { plural } from "./views/format.js"
import { paint } from "./views/paint.js"

export interface ArtifactJudgeOptions {
  readonly id: string
  readonly rulepacks: ReadonlyArray<string>
}

export const artifactJudge = Effect.fn("aegis artifact judge")(function* (options: ArtifactJudgeOptions) {
  const output = yield* Output
  const { settings } = yield* AegisConfig
  const id = (yield* operand(options.id)).toLowerCase()
  const { report } = yield* judgeArtifact(id, packsToApply(options.rulepacks, settings))
  // without the text: a finding may be a secret
  yield* output.emit(ComplianceReport, report, (value, style) =>
    Effect.succeed(toHuman(value, { sources: new Map(), marks: paint(style) }))
  )
  if (report.valid) return
  return yield* new GateFailed({
    found: `${plural(report.errors, "error")}, ${plural(report.warnings, "warning")}`,
    fix: "The report is kept with the artifact's checkpoint: `aegis artifact list` shows it."
  })
})
