/** What rules say of something that a run made, kept as a fact of the node that made it. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ComplianceReport } from "../domain/Compliance.js"
import { RunNotFound } from "../domain/RunErrors.js"
import type { ScratchpadArtifact } from "../domain/ScratchpadArtifact.js"
import { toJson } from "../enforce/report/json.js"
import { ArtifactStore } from "./ArtifactStore.js"
import { Enforcer, type EnforceError } from "./Enforcer.js"
import type { RecordError } from "./records/records.js"

export interface JudgedArtifact {
  readonly report: ComplianceReport
  /** What was judged. */
  readonly artifact: ScratchpadArtifact
  /** The report as it is kept: an artifact of type `lint` of the same node, whose metadata names what was judged. */
  readonly lint: ScratchpadArtifact
}

const extension = /\.\w+$/

/**
 * Judges an artifact by rulepacks, and keeps the report with its checkpoint and its node. The name of the artifact is its path; one
 * without an ending is read as TypeScript.
 *
 * @example const { report } = yield* judgeArtifact(artifact.id, ["standards", "redaction"])
 */
export const judgeArtifact: (
  id: string,
  packs: ReadonlyArray<string>
) => Effect.Effect<JudgedArtifact, RecordError | EnforceError, ArtifactStore | Enforcer> = Effect.fn(
  "judgeArtifact"
)(function* (id, packs) {
  const artifacts = yield* ArtifactStore
  const enforcer = yield* Enforcer
  const found = yield* artifacts.load(id)
  if (Option.isNone(found)) return yield* new RunNotFound({ kind: "artifact", name: id })
  const artifact = found.value
  const { checkpointId, content, name = "content", nodeId, toolTraceId } = artifact
  const path = extension.test(name) ? name : `${name}.ts`
  const report = yield* enforcer.enforceStandards(content, packs, { path })
  const lint = yield* artifacts.addScratchpad(checkpointId, yield* toJson(report), "lint", {
    name: `${name} compliance`,
    nodeId,
    toolTraceId,
    metadata: { judged: artifact.id, valid: report.valid }
  })
  return { report, artifact, lint }
})
