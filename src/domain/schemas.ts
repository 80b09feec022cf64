/** The public data models by name: what `aegis schema NAME` prints. */
import { CachePerformance, PRSummary } from "./CachePerformance.js"
import { Checkpoint } from "./Checkpoint.js"
import { ExecutionResult } from "./Execution.js"
import { GraphNode } from "./GraphNode.js"
import { Calibration, OptimizationRecommendation, OptimizationReport } from "./Optimization.js"
import { PromptBlock } from "./PromptBlock.js"
import { PromptScaffold } from "./PromptScaffold.js"
import { ResolvedScaffold } from "./ResolvedScaffold.js"
import { ResolveInput } from "./ResolveInput.js"
import { ScratchpadArtifact } from "./ScratchpadArtifact.js"
import { TelemetryAnalysis } from "./TelemetryAnalysis.js"
import { TelemetryRecord } from "./TelemetryRecord.js"
import { TelemetryReport } from "./TelemetryReport.js"
import { ToolTrace } from "./ToolTrace.js"

export const schemas = {
  PromptBlock,
  PromptScaffold,
  ResolveInput,
  ResolvedScaffold,
  GraphNode,
  Checkpoint,
  ScratchpadArtifact,
  ToolTrace,
  TelemetryRecord,
  TelemetryReport,
  TelemetryAnalysis,
  OptimizationRecommendation,
  OptimizationReport,
  Calibration,
  CachePerformance,
  PRSummary,
  ExecutionResult
} as const
