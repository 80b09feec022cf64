/** `aegis schema [NAME]`: the data models as JSON Schema. */
import * as Effect from "effect/Effect"
import * as JSONSchema from "effect/JSONSchema"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import { ASTDiff } from "../domain/AstDiff.js"
import { BudgetReport } from "../domain/Budget.js"
import { CacheStats, PruneReport, VerifyReport } from "../domain/CacheReports.js"
import { CiReport } from "../domain/CiReport.js"
import { ComplianceReport, EnforceInput, Finding, ValidationResult } from "../domain/Compliance.js"
import { CheckpointEntry, CheckpointLog } from "../domain/CheckpointLog.js"
import { FileDiff } from "../domain/FileDiff.js"
import { CalibrationReport, LedgerExport, OptimizeResult, SpendReport } from "../domain/LedgerReports.js"
import { LogEntry } from "../domain/LogEntry.js"
import { MigrationReport, MigrationStatus } from "../domain/Migrations.js"
import { Overrides } from "../domain/Overrides.js"
import { Provenance } from "../domain/Provenance.js"
import { ReplayPlan } from "../domain/ReplayPlan.js"
import { ReplayReport, ReplayResult } from "../domain/ReplayResult.js"
import {
  ArtifactList,
  CheckpointDiff,
  CheckpointList,
  DeleteReport,
  EventLog,
  ExportReport,
  TagReport,
  ToolTraceList
} from "../domain/RunListings.js"
import { RunDiff } from "../domain/RunDiff.js"
import { RunAnchors, RunCopyReport, RunPruneReport, RunVerifyReport } from "../domain/RunReports.js"
import { schemas } from "../domain/schemas.js"
import { Baseline } from "../enforce/baseline.js"
import { WrittenPack } from "../enforce/Rulepack.js"
import { Settings } from "../services/AegisConfig.js"
import { InvalidateReport } from "./cacheInvalidate.js"
import { WhyReport } from "./cacheWhy.js"
import { DoctorReport } from "./doctor.js"
import { Explanation } from "./enforceExplain.js"
import { PackList } from "./enforcePacks.js"
import { PackTest } from "./enforceTestPack.js"
import { InitReport } from "./init.js"
import { nearest } from "../domain/nearest.js"
import { Output } from "./Output.js"
import { settingsJsonSchema } from "./settingsSchema.js"
import { UsageError } from "./UsageError.js"

/** Everything that `--json` prints or a file may hold, by name. */
const known: Readonly<Record<string, Schema.Schema.All>> = {
  ...schemas,
  AegisConfig: Settings,
  BudgetReport,
  CacheStats,
  VerifyReport,
  PruneReport,
  WhyReport,
  InvalidateReport,
  InitReport,
  DoctorReport,
  CheckpointEntry,
  CheckpointList,
  CheckpointLog,
  CheckpointDiff,
  ASTDiff,
  FileDiff,
  RunDiff,
  Overrides,
  ReplayPlan,
  ReplayResult,
  ReplayReport,
  LogEntry,
  EventLog,
  TagReport,
  RunVerifyReport,
  RunAnchors,
  RunPruneReport,
  RunCopyReport,
  DeleteReport,
  ExportReport,
  ArtifactList,
  ToolTraceList,
  Provenance,
  MigrationStatus,
  MigrationReport,
  EnforceInput,
  ComplianceReport,
  CiReport,
  Finding,
  Baseline,
  PackFile: WrittenPack,
  PackList,
  PackTest,
  Explanation,
  ValidationResult,
  SpendReport,
  LedgerExport,
  CalibrationReport,
  OptimizeResult
}

export const schemaNames: ReadonlyArray<string> = Object.keys(known)

/** Effect names what may be anything, each time anew: two of one name in a schema are an error to those who read it. */
const withoutNames = (key: string, value: unknown): unknown =>
  key === "$id" && typeof value === "string" && value.startsWith("/schemas/") ? undefined : value

const jsonSchemaOf = (name: string, schema: Schema.Schema.All): object => {
  if (name === "AegisConfig") return settingsJsonSchema()
  // every public model is encoded as JSON and asks for no services
  const made = JSONSchema.make(schema as Schema.Schema<unknown>)
  const printed: object = JSON.parse(JSON.stringify(made, withoutNames))
  return printed
}

export const schema = Effect.fn("aegis schema")(function* (name: Option.Option<string>) {
  const output = yield* Output
  if (Option.isNone(name)) {
    const all = Object.entries(known).map(([key, model]) => [key, jsonSchemaOf(key, model)] as const)
    return yield* output.text(
      output.json ? `${JSON.stringify(Object.fromEntries(all))}\n` : `${all.map(([key]) => key).join("\n")}\n`
    )
  }
  const found = Object.entries(known).find(([key]) => key.toLowerCase() === name.value.toLowerCase())
  if (found === undefined) {
    const meant = nearest(name.value, schemaNames)
    return yield* new UsageError({
      problem: `There is no schema "${name.value}"`,
      fix:
        meant === undefined
          ? `There are: ${schemaNames.join(", ")}.`
          : `Did you mean ${meant}? \`aegis schema\` lists them.`
    })
  }
  const text = jsonSchemaOf(...found)
  yield* output.text(`${output.json ? JSON.stringify(text) : JSON.stringify(text, undefined, 2)}\n`)
})
