/** The library's public face: schemas, errors, services and pure functions. The layers are in `aegis-prompt-cache/layers`. */
export * from "./domain/AstDiff.js"
export * from "./domain/Budget.js"
export * from "./domain/BudgetErrors.js"
export * from "./domain/CacheReports.js"
export * from "./domain/Checkpoint.js"
export * from "./domain/CheckpointLog.js"
export * from "./domain/Compliance.js"
export * from "./domain/ComplianceErrors.js"
export * from "./domain/DiffErrors.js"
export * from "./domain/Execution.js"
export * from "./domain/FileDiff.js"
export * from "./domain/GraphNode.js"
export * from "./domain/Hash.js"
export * from "./domain/Ids.js"
export * from "./domain/Json.js"
export * from "./domain/LogEntry.js"
export * from "./domain/Measures.js"
export * from "./domain/Miss.js"
export * from "./domain/Outcome.js"
export * from "./domain/PromptBlock.js"
export * from "./domain/PromptErrors.js"
export * from "./domain/PromptScaffold.js"
export * from "./domain/Provenance.js"
export * from "./domain/Provider.js"
export * from "./domain/ProviderErrors.js"
export * from "./domain/ResolvedScaffold.js"
export * from "./domain/ResolveInput.js"
export * from "./domain/CachePerformance.js"
export * from "./domain/Money.js"
export * from "./domain/Optimization.js"
export * from "./domain/Overrides.js"
export * from "./domain/ProviderRequest.js"
export * from "./domain/ReplayErrors.js"
export * from "./domain/ReplayPlan.js"
export * from "./domain/ReplayResult.js"
export * from "./domain/RunDiff.js"
export * from "./domain/RunErrors.js"
export * from "./domain/RunReports.js"
export * from "./domain/schemas.js"
export * from "./domain/ScratchpadArtifact.js"
export type { StandardSchema } from "./domain/StandardSchema.js"
export * from "./domain/StoreErrors.js"
export * from "./domain/TelemetryAnalysis.js"
export * from "./domain/TelemetryRecord.js"
export * from "./domain/TelemetryReport.js"
export * from "./domain/ToolTrace.js"
export * from "./domain/Usage.js"
export { Baseline } from "./enforce/baseline.js"
export type { Rule, RuleContext, Rulepack } from "./enforce/CodePack.js"
export type { Hit } from "./enforce/findings.js"
export type { Pack, PackedRule } from "./enforce/PackedRule.js"
export { readPack } from "./enforce/readPack.js"
export { toAnnotations, toSummary } from "./enforce/report/github.js"
export { toHuman } from "./enforce/report/human.js"
export { toJunit } from "./enforce/report/junit.js"
export { toSarif } from "./enforce/report/sarif.js"
export { PackFile, type RuleFile, type RuleKind } from "./enforce/Rulepack.js"
export { canonicalJson } from "./prompt/canonical.js"
export { sha256 } from "./prompt/digest.js"
export { keyHeader, type KeyBlock, type KeyParameters, keyVersion, scaffoldKey } from "./prompt/key.js"
export { layOut } from "./prompt/layout.js"
export { comparePrefix, type PrefixBlock, type PrefixSubject } from "./prompt/prefix.js"
export { parsePrompt, type ParsedPrompt, type Section } from "./prompt/source.js"
export {
  BudgetAlerts,
  type BudgetError,
  Budgets,
  type Call as BudgetCall,
  type Reservation
} from "./services/Budgets.js"
export { BudgetStorage } from "./services/BudgetStorage.js"
export { AegisConfig, ConfigInvalid, Settings } from "./services/AegisConfig.js"
export { type ArtifactOptions, ArtifactStore } from "./services/ArtifactStore.js"
export { checkpointLog } from "./services/checkpoints/entries.js"
export { findCheckpoint, namedCheckpoint } from "./services/checkpoints/names.js"
export {
  type CheckpointDifference,
  type CheckpointList,
  CheckpointStore,
  type RunRef,
  type SaveError,
  type SaveInput
} from "./services/CheckpointStore.js"
export { diffCheckpoints, type DiffOptions } from "./services/comparing/named.js"
export { compareTexts, computeASTDiff, type NamedText } from "./services/compareTexts.js"
export {
  type EnforceError,
  Enforcer,
  type FileVerdict,
  type Prepared,
  type RuleFacts
} from "./services/Enforcer.js"
export { enforceStandards } from "./services/enforceStandards.js"
export {
  Executor,
  type ExecutorError,
  type ExecutorOptions,
  type Target,
  targetOf,
  warrantsFallback
} from "./services/Executor.js"
export { GraphNodeStore } from "./services/GraphNodeStore.js"
export { type Price, PriceList } from "./services/PriceList.js"
export { type Include, PromptLoader } from "./services/PromptLoader.js"
export {
  type Health,
  layerAdapter,
  type ProviderAdapter,
  Providers,
  type Rendering,
  type Segments
} from "./services/ProviderAdapter.js"
export { judgeArtifact, type JudgedArtifact } from "./services/judgeArtifact.js"
export { provenance } from "./services/provenance.js"
export type { RecordError } from "./services/records/records.js"
export { LedgerStorage } from "./services/LedgerStorage.js"
export { decodeInput, resolveScaffold } from "./services/resolveScaffold.js"
export {
  addScratchpad,
  addToolTrace,
  branchFrom,
  type CheckpointOptions,
  getCheckpoint,
  listScratchpads,
  listToolTraces,
  saveCheckpoint
} from "./services/runFunctions.js"
export * as Aegis from "./services/Aegis.js"
export { Fetch } from "./services/Fetch.js"
export {
  layer as layerRecorder,
  type Mode,
  type NodeOptions,
  type Ran,
  Recorder,
  type RecorderError,
  type RecorderOptions,
  type RunFacts,
  type Ref,
  type RunOptions,
  type ToolOptions
} from "./services/Recorder.js"
export { layer as layerPrograms, type Program, Programs } from "./services/Programs.js"
export { replay } from "./services/replayRecording.js"
export { layer as layerReplay, Replay, type ReplayError, type ReplayOptions } from "./services/Replay.js"
export { Recordings } from "./services/Recordings.js"
export { type ReadError, RunLog } from "./services/RunLog.js"
export {
  type Judge,
  type RuleEngine,
  RuleEngines,
  type Source,
  type Unusable
} from "./services/RuleEngines.js"
export * as Responses from "./services/responses/index.js"
export { layer as layerResponses, type ResponsesOptions } from "./services/Responses.js"
export { type KeptResponse, ResponseStore } from "./services/ResponseStore.js"
export { Rulepacks } from "./services/Rulepacks.js"
export { RunStorage } from "./services/RunStorage.js"
export type { Change } from "./replay/diff/json/difference.js"
export { type ResolveError, type ResolveOptions, ScaffoldCache } from "./services/ScaffoldCache.js"
export { type Source as SyntaxSource, SyntaxTrees } from "./services/SyntaxTrees.js"
export { type LedgerQuery, Telemetry, type TelemetryEvent } from "./services/Telemetry.js"
export { type CountedText, TokenCounter } from "./services/TokenCounter.js"
export { type ToolTraceOptions, ToolTraceStore } from "./services/ToolTraceStore.js"
